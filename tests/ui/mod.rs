//! What the compiler says to a malformed `RequireScope!` or `scope!`.
//!
//! Each file of `fail/` is compiled by rustc against the library that this test binary was built
//! with; its error must equal the `.stderr` file beside it. `trybuild` would build every
//! dependency a second time for that: 150 s on two cores instead of 5.
//!
//! `UPDATE_STDERR=1 cargo test --test main ui::` writes the files anew.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The compiler that the messages are recorded for. On any other a file must only fail.
const RECORDED: &str = "rustc 1.95.";

struct Compiler {
    rustc: String,
    /// `--extern` and `-L` arguments for the library and for axum.
    libraries: Vec<String>,
    out: PathBuf,
}

impl Compiler {
    fn new() -> Self {
        let out = env::temp_dir().join(format!("tower-bearer-ui-{}", std::process::id()));
        fs::create_dir_all(&out).unwrap();
        let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
        Self { rustc, libraries: libraries(), out }
    }

    fn is_recorded(&self) -> bool {
        let version = Command::new(&self.rustc).arg("--version").output().unwrap().stdout;
        version.starts_with(RECORDED.as_bytes())
    }

    /// Compiles one file without linking it; the error if it does not compile.
    fn check(&self, file: &str) -> Result<(), String> {
        let output = Command::new(&self.rustc)
            .args(["--edition=2024", "--emit=obj", "--diagnostic-width=140", file])
            .arg("--out-dir")
            .arg(&self.out)
            .args(&self.libraries)
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        if output.status.success() { Ok(()) } else { Err(error_of(&stderr)) }
    }
}

impl Drop for Compiler {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.out);
    }
}

/// Asks cargo for the artifacts that this binary was linked with: they are up to date, so it builds
/// nothing.
fn libraries() -> Vec<String> {
    let cargo = env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let mut command = Command::new(cargo);
    command.args(["test", "--no-run", "--offline", "--test", "main", "--message-format", "json"]);
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let messages = String::from_utf8(output.stdout).unwrap();
    let mut arguments = Vec::new();
    for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let name = message["target"]["name"].as_str().unwrap_or_default();
        let is_library = message["target"]["kind"][0] == "lib";
        let Some(rlib) = message["filenames"].as_array().and_then(|files| {
            files.iter().filter_map(Value::as_str).find(|file| file.ends_with(".rlib"))
        }) else {
            continue;
        };
        if is_library && matches!(name, "tower_bearer" | "axum") {
            arguments.extend(["--extern".to_owned(), format!("{name}={rlib}")]);
        }
        if name == "axum" {
            let deps = Path::new(rlib).parent().unwrap().display();
            arguments.extend(["-L".to_owned(), format!("dependency={deps}")]);
        }
    }
    arguments
}

/// Keeps the error itself: not the notes after it, which quote lines of `src/`, nor the width of the
/// gutter, which depends on the number of the line that they quote.
fn error_of(stderr: &str) -> String {
    let is_aside = |line: &str| line.starts_with("note:") || line.starts_with("help:");
    let lines: Vec<&str> =
        stderr.lines().take_while(|line| !is_aside(line)).map(str::trim_start).collect();
    let error = lines.join("\n");
    let (error, _) = error.split_once("error: aborting due to").unwrap_or((&error, ""));
    format!("{}\n", error.trim_end())
}

fn files(folder: &str) -> Vec<String> {
    let mut files: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .unwrap()
        .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_str().unwrap()))
        .filter(|name| name.ends_with(".rs"))
        .collect();
    files.sort();
    files
}

#[test]
fn malformed_literals_do_not_compile() {
    let compiler = Compiler::new();
    let is_recorded = compiler.is_recorded();
    for file in files("tests/ui/fail") {
        let said = compiler.check(&file).expect_err(&file);
        let recording = Path::new(&file).with_extension("stderr");
        if env::var_os("UPDATE_STDERR").is_some() {
            fs::write(&recording, &said).unwrap();
        }
        if is_recorded {
            assert_eq!(said, fs::read_to_string(&recording).unwrap(), "{file}");
        }
    }
}

#[test]
fn well_formed_literals_compile() {
    let compiler = Compiler::new();
    for file in files("tests/ui/pass") {
        compiler.check(&file).unwrap_or_else(|said| panic!("{file}:\n{said}"));
    }
}
