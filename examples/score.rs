//! Judges labelled scenarios: `cargo run --release --example score -- FOLDER...`
//!
//! Prints for each case where its right cause came out, then the share right in first place and in the first three, the Brier
//! score of the first cause and the expected calibration error, next to what a perfectly calibrated model would show at that size.

#![allow(clippy::disallowed_methods, clippy::print_stdout, reason = "it reads scenarios and prints a table")]

use mailmedic::diagnosis::{Diagnosis, Inputs, Options, Verdict, build};
use mailmedic::evidence::gather;
use mailmedic::pack::Packs;
use mailmedic::parse::scenario;
use std::path::{Path, PathBuf};

struct Judged {
    name: String,
    first: bool,
    three: bool,
    /// The probability of the first cause, and whether it is right; of a healthy case no cause is.
    probability: f64,
    right: bool,
    said: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let packs = Packs::builtin();
    let mut judged = Vec::new();
    for folder in std::env::args().skip(1) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        for file in files {
            judged.extend(judge(&file, &packs)?);
        }
    }
    for case in &judged {
        let mark = if case.first {
            "ok   "
        } else if case.three {
            "three"
        } else {
            "MISS "
        };
        println!("{mark} {} {}", case.name, case.said);
    }
    summary(&judged);
    Ok(())
}

fn judge(file: &Path, packs: &Packs) -> Result<Option<Judged>, Box<dyn std::error::Error>> {
    let text = std::fs::read_to_string(file)?;
    let document = scenario::parse(&file.display().to_string(), &text)?;
    let Some(expect) = document.expect else { return Ok(None) };
    let harvest = gather(&[file.to_owned()], &packs.knowledge);
    let diagnosis = build(Inputs { harvest, packs }, &Options::default());
    let fair = |id: &str| {
        std::iter::once(&expect.cause).chain(&expect.acceptable).any(|wanted| id == wanted || id.starts_with(&format!("{wanted}.")))
    };
    let (first, three) = if expect.cause == "none" {
        let healthy = diagnosis.verdict != Verdict::Trouble;
        (healthy, healthy)
    } else {
        (diagnosis.causes.first().is_some_and(|cause| fair(&cause.id)), diagnosis.causes.iter().take(3).any(|cause| fair(&cause.id)))
    };
    Ok(Some(Judged {
        name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
        first,
        three,
        right: first && expect.cause != "none",
        probability: diagnosis.causes.first().map_or(0.0, |cause| cause.probability),
        said: said(&diagnosis, &expect.cause),
    }))
}

fn said(diagnosis: &Diagnosis, wanted: &str) -> String {
    let top: Vec<String> = diagnosis.causes.iter().take(3).map(|cause| format!("{} {:.2}", cause.id, cause.probability)).collect();
    format!("{} {:.2} [{}] wanted {wanted}", diagnosis.verdict.id(), diagnosis.trouble_probability, top.join(", "))
}

fn summary(judged: &[Judged]) {
    let count = judged.len().max(1) as f64;
    let share = |test: fn(&Judged) -> bool| judged.iter().filter(|case| test(case)).count() as f64 / count;
    let outcome = |case: &Judged| f64::from(u8::from(case.right));
    let brier = judged.iter().map(|case| (case.probability - outcome(case)).powi(2)).sum::<f64>() / count;
    let (mut error, mut ideal) = (0.0, 0.0);
    for bin in 0..10 {
        let here: Vec<&Judged> = judged.iter().filter(|case| ((case.probability * 10.0) as usize).min(9) == bin).collect();
        if here.is_empty() {
            continue;
        }
        let size = here.len() as f64;
        let said = here.iter().map(|case| case.probability).sum::<f64>() / size;
        let was = here.iter().map(|case| outcome(case)).sum::<f64>() / size;
        error += (said - was).abs() * size / count;
        // The mean distance of a share of `size` draws from its probability.
        ideal += (2.0 / std::f64::consts::PI * said * (1.0 - said) / size).sqrt() * size / count;
    }
    println!(
        "{} cases: first {:.3}, first three {:.3}, Brier of the first cause {brier:.3}, calibration error {error:.3} (a calibrated model: {ideal:.3})",
        judged.len(),
        share(|case| case.first),
        share(|case| case.three)
    );
}
