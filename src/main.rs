//! The binary: parse, run, exit status.

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::panic::catch_unwind(mailmedic::cli::main) {
        Ok(code) => code,
        Err(_) => mailmedic::cli::internal_error(),
    }
}
