use super::{
    fault::TemplateError,
    pattern::{OPENID_SCOPES, Pattern, WILDCARD},
    set::{Matching, ScopeSet},
};

/// One required item that may have names in braces; it was checked when its requirement was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<'t>(&'t str);

/// One segment of a template.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'t>(&'t str);

/// A template with its names replaced by values: each value is one literal component, whatever it
/// holds. The result is never joined and parsed again.
#[derive(Debug)]
pub(super) enum Filled<'t> {
    /// An item without names in braces that is outside the pattern language.
    Opaque(&'t str),
    Components {
        components: [&'t str; 3],
        count: usize,
    },
}

impl<'t> Template<'t> {
    pub(super) const fn new(item: &'t str) -> Self {
        Self(item)
    }

    pub(super) fn segments(self) -> impl Iterator<Item = Segment<'t>> {
        self.0.split(':').map(Segment)
    }

    pub(super) fn fill<'v: 't>(
        self,
        fill: &dyn Fn(&str) -> Result<&'v str, TemplateError>,
    ) -> Result<Filled<'t>, TemplateError> {
        let has_names = self.segments().any(|segment| segment.name().is_some());
        let structured = has_names || Pattern::parse(self.0).is_ok_and(|p| p.segments().is_some());
        if !structured {
            return Ok(Filled::Opaque(self.0));
        }
        let mut components = [""; 3];
        let mut count = 0;
        for (component, segment) in components.iter_mut().zip(self.segments()) {
            *component = match segment.name() {
                Some(name) => fill(name)?,
                None => segment.text(),
            };
            count += 1;
        }
        Ok(Filled::Components { components, count })
    }
}

impl<'t> Segment<'t> {
    pub(super) fn name(self) -> Option<&'t str> {
        self.0.strip_prefix('{')?.strip_suffix('}')
    }

    pub(super) const fn text(self) -> &'t str {
        self.0
    }
}

impl Filled<'_> {
    pub(super) fn is_covered_by(&self, scopes: &ScopeSet, matching: Matching) -> bool {
        match (self, matching) {
            (Self::Opaque(item), _) => scopes.lists(item),
            (Self::Components { components, count }, Matching::Exact) => {
                let required = components.iter().copied().take(*count);
                // A value may be anything, and a granted item that is not a scope-token matches nothing.
                scopes.iter().any(|granted| {
                    granted.split(':').eq(required.clone()) && Pattern::parse(granted).is_ok()
                })
            }
            (Self::Components { components: [r, ..], count: 1 }, _)
                if OPENID_SCOPES.contains(r) =>
            {
                scopes.lists(r)
            }
            (Self::Components { components: [r, i, o], count }, Matching::Patterns) => scopes
                .covers_segments(match count {
                    1 => [r, WILDCARD, WILDCARD],
                    2 => [r, WILDCARD, i],
                    _ => [r, i, o],
                }),
        }
    }
}
