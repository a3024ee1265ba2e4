//! Which files of a crate import which: `use` declarations and paths, followed through re-exports.

use std::collections::{BTreeMap, BTreeSet};

/// Modules by their path, such as `issuer::keys::ring`; the root is the empty path.
pub(crate) struct Graph {
    modules: BTreeMap<String, Module>,
}

struct Module {
    file: String,
    /// The names that a module re-exports, with the paths as they are written there.
    exports: BTreeMap<String, Vec<String>>,
    /// The paths that its code names, re-exports aside.
    paths: Vec<Vec<String>>,
}

impl Graph {
    /// `sources` are file paths below the crate's root, and their code without comments.
    pub(crate) fn new(sources: &BTreeMap<String, String>) -> Self {
        let mut modules = BTreeMap::new();
        for (file, code) in sources {
            let path = file.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
            let path = if matches!(&*path, "lib" | "main") { String::new() } else { path };
            modules.insert(path, Module::read(file, code));
        }
        Self { modules }
    }

    /// The circles of files that import each other, within one folder of the crate each: every
    /// set of files each of which reaches all others.
    pub(crate) fn circles(&self) -> Vec<BTreeSet<&str>> {
        let reached: BTreeMap<&str, BTreeSet<&str>> = self
            .modules
            .keys()
            .map(|module| (module.as_str(), self.reached_from(module)))
            .collect();
        let mut found = BTreeSet::new();
        for (module, others) in &reached {
            let circle: BTreeSet<&str> =
                others.iter().copied().filter(|other| reached[other].contains(module)).collect();
            if circle.len() > 1 {
                let files = circle.iter().map(|module| self.modules[*module].file.as_str());
                found.insert(files.collect::<BTreeSet<&str>>());
            }
        }
        found.into_iter().collect()
    }

    /// The files with a path that leaves their folder of the crate by `super`.
    pub(crate) fn files_that_reach_the_root_by_super(&self) -> BTreeSet<&str> {
        let reaches_the_root = |module: &str, path: &[String]| {
            let supers = path.iter().take_while(|name| matches!(&***name, "super" | "self"));
            let depth = module.split("::").filter(|name| !name.is_empty()).count();
            supers.filter(|name| *name == "super").count() >= depth.max(1)
        };
        self.modules
            .iter()
            .filter(|(name, module)| {
                let mut paths = module.paths.iter().chain(module.exports.values());
                paths.any(|path| reaches_the_root(name, path))
            })
            .map(|(_, module)| module.file.as_str())
            .collect()
    }

    fn reached_from<'g>(&'g self, module: &'g str) -> BTreeSet<&'g str> {
        let mut reached = BTreeSet::new();
        let mut open = vec![module];
        while let Some(module) = open.pop() {
            for other in self.imports(module) {
                if reached.insert(other) {
                    open.push(other);
                }
            }
        }
        reached
    }

    /// The modules of the same folder of the crate that a module's own code needs.
    fn imports<'g>(&'g self, module: &'g str) -> impl Iterator<Item = &'g str> {
        self.modules[module].paths.iter().filter_map(move |path| {
            let target = self.resolve(module, path, 8)?;
            let is_same_room = room(target) == room(module) && !target.is_empty();
            (target != module && is_same_room).then_some(target)
        })
    }

    /// The module where what a path names is defined; `None` for what is of another crate.
    fn resolve(&self, from: &str, path: &[String], hops: usize) -> Option<&str> {
        let mut module = from.to_owned();
        for (place, segment) in path.iter().enumerate() {
            match segment.as_str() {
                "crate" if place == 0 => module = String::new(),
                "self" => {}
                "super" => module = parent(&module).to_owned(),
                name => {
                    let child = join(&module, name);
                    if self.modules.contains_key(&child) {
                        module = child;
                    } else if let Some(export) = self.export(&module, name) {
                        return self.resolve(&module, export, hops.checked_sub(1)?);
                    } else if place == 0 {
                        return None;
                    } else {
                        break;
                    }
                }
            }
        }
        self.modules.get_key_value(&module).map(|(module, _)| module.as_str())
    }

    fn export(&self, module: &str, name: &str) -> Option<&Vec<String>> {
        self.modules.get(module)?.exports.get(name)
    }
}

impl Module {
    fn read(file: &str, code: &str) -> Self {
        let code = without_inline_modules(code);
        let mut exports = BTreeMap::new();
        let mut paths = Vec::new();
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let start = statement.rfind("\nuse ").or_else(|| statement.rfind(" use "));
            let text = statement.trim_start();
            let declaration = if let Some(tree) = text.strip_prefix("use ") {
                Some((false, tree))
            } else if let Some(start) = start {
                let before = statement[..start].trim_end();
                let visibility = before.lines().last().unwrap_or_default().trim_start();
                rest.push_str(before);
                Some((visibility.starts_with("pub"), &statement[start + " use ".len()..]))
            } else {
                None
            };
            let Some((is_export, tree)) = declaration else {
                rest.push_str(statement);
                continue;
            };
            for (name, path) in flatten(tree.trim_end_matches(';')) {
                if is_export {
                    exports.insert(name, path);
                } else {
                    paths.push(path);
                }
            }
        }
        paths.extend(written_paths(&rest));
        Self { file: file.to_owned(), exports, paths }
    }
}

/// Inline modules are left out: in them `super` is the file itself.
fn without_inline_modules(code: &str) -> String {
    let mut is_inside = false;
    let mut kept = String::new();
    for line in code.lines() {
        let is_module = line.split_once("mod ").is_some_and(|(before, after)| {
            after.ends_with('{') && (before.is_empty() || before.starts_with("pub"))
        });
        is_inside |= is_module;
        if !is_inside {
            kept.push_str(line);
            kept.push('\n');
        }
        is_inside &= line != "}";
    }
    kept
}

/// The leaves of a `use` tree: the name that each brings in, and its path.
fn flatten(tree: &str) -> Vec<(String, Vec<String>)> {
    fn walk(tree: &str, prefix: &[String], found: &mut Vec<(String, Vec<String>)>) {
        let tree = tree.trim();
        if let Some((head, list)) = tree.split_once('{') {
            let mut prefix = prefix.to_vec();
            prefix.extend(segments(head));
            for item in items(list.trim_end().trim_end_matches('}')) {
                walk(&item, &prefix, found);
            }
        } else if !tree.is_empty() {
            let (path, name) = tree.split_once(" as ").map_or((tree, None), |(p, n)| (p, Some(n)));
            let mut whole = prefix.to_vec();
            whole.extend(segments(path));
            let last = whole.last().cloned().unwrap_or_default();
            found.push((name.map_or(last, |name| name.trim().to_owned()), whole));
        }
    }
    let mut found = Vec::new();
    walk(tree, &[], &mut found);
    found
}

/// The items of a brace list, nested lists kept whole.
fn items(list: &str) -> Vec<String> {
    let mut items = vec![String::new()];
    let mut depth = 0;
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(String::new());
                continue;
            }
            _ => {}
        }
        items.last_mut().unwrap().push(c);
    }
    items
}

/// Paths that begin with `crate`, `super` or `self` outside of `use` declarations.
fn written_paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for start in ["crate::", "super::", "self::"] {
        for (place, _) in code.match_indices(start) {
            let before = code[..place].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '$' | ':')) {
                continue;
            }
            let end = code[place..]
                .find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':')
                .unwrap_or(code.len() - place);
            found.push(segments(&code[place..place + end]));
        }
    }
    found
}

fn segments(path: &str) -> Vec<String> {
    path.split("::").map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn parent(module: &str) -> &str {
    module.rsplit_once("::").map_or("", |(parent, _)| parent)
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap_or_default()
}

fn join(module: &str, name: &str) -> String {
    if module.is_empty() { name.to_owned() } else { format!("{module}::{name}") }
}
