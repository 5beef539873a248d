//! What commands share: language, colours, packs, where results and complaints go.

use super::{CliError, Color, Format, Language, Shared};
use crate::knowledge::Lang;
use crate::pack::{self, Packs};
use crate::report::{ColorChoice, Style, screen};
use crate::system;
use std::io::{self, IsTerminal, Write};
use std::mem::ManuallyDrop;

/// What the shared options come to.
pub struct Session {
    /// The language of texts.
    pub lang: Lang,
    /// Width and colours of standard output.
    pub style: Style,
    /// Whether the result is JSON.
    pub json: bool,
    /// Rules, plugins and knowledge. A session ends with the process, and giving tens of thousands of texts back takes milliseconds.
    pub packs: ManuallyDrop<Packs>,
}

impl Session {
    /// Opens the packs and decides language, width and colours.
    ///
    /// # Errors
    ///
    /// A pack that cannot be used.
    pub fn open(shared: &Shared) -> Result<Session, CliError> {
        let mut packs = Packs::builtin();
        for folder in &shared.pack {
            let (pack, plugins) = pack::open(folder)?;
            packs.add(pack, plugins);
        }
        let columns = system::variable("COLUMNS").map(|columns| columns.to_string_lossy().into_owned());
        let width = screen::width(screen::terminal_width(), columns.as_deref());
        let style = Style::choose(choice(shared.color), io::stdout().is_terminal(), no_color(), width);
        Ok(Session { lang: lang(shared), style, json: shared.format == Format::Json, packs: ManuallyDrop::new(packs) })
    }

    /// Writes a result to standard output.
    ///
    /// # Errors
    ///
    /// What the operating system says.
    pub fn write(text: &str) -> Result<(), CliError> {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        out.flush()?;
        Ok(())
    }

    /// Writes a complaint to standard error; where even that fails there is nothing left to do.
    pub fn complain(text: &str) {
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }

    /// Returns whether complaints may be coloured.
    pub fn colours_on_stderr(shared: &Shared) -> bool {
        Style::choose(choice(shared.color), io::stderr().is_terminal(), no_color(), 80).colour
    }
}

fn no_color() -> bool {
    system::variable("NO_COLOR").is_some()
}

fn choice(color: Color) -> ColorChoice {
    match color {
        Color::Auto => ColorChoice::Auto,
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// The language asked for, else that of the locale: the first of LC_ALL, LC_MESSAGES and LANG that is set.
fn lang(shared: &Shared) -> Lang {
    match shared.lang {
        Some(Language::Ja) => Lang::Ja,
        Some(Language::En) => Lang::En,
        None => {
            let locale = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(system::variable);
            if locale.is_some_and(|locale| locale.to_string_lossy().starts_with("ja")) { Lang::Ja } else { Lang::En }
        }
    }
}
