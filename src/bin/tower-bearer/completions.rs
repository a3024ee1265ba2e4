//! `tower-bearer completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::ui::{self, Outcome};

/// Writes completions for a shell to standard output
///
/// Examples:
///
///   tower-bearer completions bash > ~/.local/share/bash-completion/completions/tower-bearer
///
///   tower-bearer completions zsh > ~/.zfunc/_tower-bearer
///
///   tower-bearer completions fish > ~/.config/fish/completions/tower-bearer.fish
#[derive(Debug, Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Command {
    shell: Shell,
}

impl Command {
    pub(crate) fn run<P: CommandFactory>(self) -> Outcome {
        let mut program = P::command();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, "tower-bearer", &mut script);
        ui::bytes(&script)
    }
}
