//! Which files an argument of the command line stands for.

use super::{Problem, order};
use crate::knowledge::Text;
use crate::system;
use std::path::{Path, PathBuf};

/// A file of the evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The name as given: the argument, and for a file in a folder the way from there.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
}

/// How deep folders may stand in each other.
const DEEPEST: usize = 16;
/// How many files one folder may hold; what is beyond is named in a problem.
const MOST: usize = 20_000;

/// Lists the files that an argument stands for, in the order of their names; what cannot be read becomes a problem.
///
/// Links inside a folder are not followed, so nothing outside of it is read. Pipes, sockets and devices are not opened.
pub fn walk(argument: &Path, items: &mut Vec<Item>, problems: &mut Vec<Problem>) {
    let name = argument.display().to_string();
    match system::look(argument, true) {
        Ok(system::Entry::File { size }) => items.push(Item { name, path: argument.to_owned(), size }),
        Ok(system::Entry::Folder) => folder(argument, &name, 0, items, problems),
        Ok(system::Entry::Other(what)) => problems.push(refuse(name, what)),
        Err(error) => problems.push(Problem { name, what: Problem::not_read(&error), failed: true }),
    }
}

fn refuse(name: String, what: &str) -> Problem {
    let text = Text::new(
        format!("is {what} and was not opened; save its content into a file"),
        "通常のファイルではないため開いていません。内容をファイルに保存してください",
    );
    Problem { name, what: text, failed: false }
}

fn folder(path: &Path, name: &str, depth: usize, items: &mut Vec<Item>, problems: &mut Vec<Problem>) {
    let problem = |what: Text, failed| Problem { name: name.to_owned(), what, failed };
    if depth >= DEEPEST {
        problems.push(problem(
            Text::new(
                format!("folders stand deeper than {DEEPEST} in each other; what is below was not read"),
                format!("フォルダーの階層が {DEEPEST} を超えています。それより下は読んでいません"),
            ),
            true,
        ));
        return;
    }
    let mut entries = match system::list(path) {
        Ok(entries) => entries,
        Err(error) => {
            let text = Text::new(format!("cannot be listed: {error}"), format!("一覧を取得できません: {error}"));
            return problems.push(problem(text, true));
        }
    };
    entries.sort_by_cached_key(|name| order::key(&name.to_string_lossy()));
    for entry in entries {
        if items.len() >= MOST {
            let after = entry.display();
            let text = Text::new(
                format!("holds more than {MOST} files; those after `{after}` were not read"),
                format!("ファイルが {MOST} 個を超えています。`{after}` より後は読んでいません"),
            );
            problems.push(problem(text, true));
            return;
        }
        let below = path.join(&entry);
        let name = format!("{name}/{}", entry.display());
        match system::look(&below, false) {
            Ok(system::Entry::File { size }) => items.push(Item { name, path: below, size }),
            Ok(system::Entry::Folder) => folder(&below, &name, depth + 1, items, problems),
            Ok(system::Entry::Other(what)) => problems.push(refuse(name, what)),
            Err(error) => problems.push(Problem { name, what: Problem::not_read(&error), failed: true }),
        }
    }
}
