//! Words that people misspell, the nearest known one, and numbers as people write them.

/// Returns a count with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns the candidate that is spelt most like `word`, `None` when there is no candidate.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates.into_iter().map(|candidate| (distance(word, candidate), candidate)).min().map(|(_, candidate)| candidate)
}

/// Returns up to `most` candidates near enough to `word` to be what was meant, the nearest first.
pub fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let bar = 2 + word.chars().count() / 3;
    let mut found: Vec<_> = candidates
        .into_iter()
        .map(|candidate| {
            let inside = candidate.to_lowercase().contains(&word.to_lowercase());
            (if inside { 1 } else { distance(word, candidate) }, candidate)
        })
        .filter(|(distance, _)| *distance <= bar)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(most).map(|(_, candidate)| candidate).collect()
}

/// Edits (insert, delete, replace, swap of neighbours) from one word to the other, whatever the case.
fn distance(from: &str, to: &str) -> usize {
    let from: Vec<char> = from.to_lowercase().chars().take(64).collect();
    let to: Vec<char> = to.to_lowercase().chars().take(64).collect();
    let width = to.len() + 1;
    let mut table = vec![0usize; (from.len() + 1) * width];
    for row in 0..=from.len() {
        for column in 0..=to.len() {
            table[row * width + column] = if row == 0 || column == 0 {
                row + column
            } else {
                let same = usize::from(from[row - 1] != to[column - 1]);
                let mut best = (table[(row - 1) * width + column] + 1)
                    .min(table[row * width + column - 1] + 1)
                    .min(table[(row - 1) * width + column - 1] + same);
                if row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1] {
                    best = best.min(table[(row - 2) * width + column - 2] + 1);
                }
                best
            };
        }
    }
    table[from.len() * width + to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_wins() {
        assert_eq!(nearest("mesages", ["messages", "growing", "state"]), Some("messages"));
        assert_eq!(nearest("x", []), None);
        assert_eq!(near("dns.server-unreachble", ["dns.server-unreachable", "local.performance"], 3), ["dns.server-unreachable"]);
    }
}
