//! All applications of an issuer, found by id or audience.

use std::collections::{HashMap, HashSet};

use super::application::Application;
use crate::{
    claims::Audience,
    error::{Problems, Setting},
    scope::{OPENID_SCOPES, Pattern},
};

/// The applications in the order of the configuration; requests refer to them by index.
#[derive(Debug)]
pub(in crate::issuer) struct Applications {
    all: Vec<Application>,
    by_id: HashMap<String, usize>,
    by_audience: HashMap<String, usize>,
}

impl Applications {
    /// Checks each application and adds its problems to `problems`.
    pub(in crate::issuer) fn new(all: Vec<Application>, problems: &mut Problems) -> Self {
        check(&all, problems);
        let places = |name: fn(&Application) -> &str| {
            let place = |(at, application)| (name(application).to_owned(), at);
            all.iter().enumerate().map(place).collect()
        };
        Self {
            by_id: places(|application| &application.id),
            by_audience: places(Application::audience_or_id),
            all,
        }
    }

    pub(in crate::issuer) fn iter(&self) -> impl Iterator<Item = &Application> {
        self.all.iter()
    }

    pub(in crate::issuer) fn get(&self, place: usize) -> Option<&Application> {
        self.all.get(place)
    }

    /// Finds an application by its audience, byte for byte.
    pub(in crate::issuer) fn by_audience(&self, audience: &str) -> Option<usize> {
        self.by_audience.get(audience).copied()
    }

    /// Finds an application by its id or its audience.
    pub(in crate::issuer) fn by_name(&self, name: &str) -> Option<usize> {
        self.by_id.get(name).copied().or_else(|| self.by_audience(name))
    }
}

fn check(applications: &[Application], problems: &mut Problems) {
    let mut names = HashSet::new();
    for (index, application) in applications.iter().enumerate() {
        let setting = || Setting::Application { index, id: application.id.as_str().into() };
        let audience = application.audience_or_id();
        if let Err(error) = Audience::new(audience) {
            let what =
                if audience == application.id { "an invalid id" } else { "an invalid audience" };
            problems.add(setting(), format!("has {what}: {error}"));
        }
        let other_name = Some(audience).filter(|audience| *audience != application.id);
        for name in [application.id.as_str()].into_iter().chain(other_name) {
            if !names.insert(name) {
                problems.add(
                    setting(),
                    format!("shares the name `{name}`: give each an id and an audience of its own"),
                );
            }
        }
        for scope in &application.scopes {
            if let Err(error) = Pattern::parse(scope) {
                problems.add(setting(), format!("defines `{scope}`: {error}"));
            }
            let resource = scope.split(':').next().unwrap_or_default();
            if !application.openid_names && OPENID_SCOPES.contains(&resource) {
                let fault = format!(
                    "defines `{scope}`, but `{resource}` is a scope of OpenID Connect: choose \
                     another name, or set `allow_openid_names`"
                );
                problems.add(setting(), fault);
            }
        }
    }
}
