//! Where something was measured.

use serde::{Deserialize, Serialize};

use crate::text::Fixed;

/// The machine and the browser, as far as the page can tell.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// The browser's own words for itself.
    pub user_agent: String,
    /// The cores that it reports; some browsers cap or fake them.
    pub cores: u32,
    /// The step of its clock, in milliseconds: shorter times cannot be told apart.
    pub timer_step_ms: f64,
    /// Whether the page is cross-origin isolated, which makes clocks finer; earlier versions did not say.
    #[serde(default)]
    pub isolated: Option<bool>,
    /// Whether it has WebAssembly SIMD.
    pub simd: bool,
    /// The build id of Dartboard's worker.
    pub build: String,
    /// The adapter that counted, as the browser calls it, which may be by no name; none if no GPU has counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
}

impl Environment {
    /// The browser's name and version, read from its own words; those words where they are unknown.
    pub fn browser(&self) -> String {
        // The first that fits: most browsers also claim to be those below.
        const KNOWN: [(&str, &str); 5] = [
            ("Firefox/", "Firefox"),
            ("Edg/", "Edge"),
            ("HeadlessChrome/", "Chromium, headless"),
            ("Chrome/", "Chrome or Chromium"),
            ("Version/", "Safari"),
        ];
        let found = KNOWN.into_iter().find_map(|(mark, name)| {
            let version = self.user_agent.split_once(mark)?.1;
            let major: String = version.chars().take_while(char::is_ascii_digit).collect();
            Some(format!("{name} {major}"))
        });
        found.unwrap_or_else(|| self.user_agent.chars().take(60).collect())
    }

    /// What names this machine in a legend.
    pub fn name(&self) -> String {
        let cores = if self.cores == 1 { "1 core".to_owned() } else { format!("{} cores", self.cores) };
        format!("{}, {cores}", self.browser())
    }

    /// What there is to know, label and value.
    pub fn facts(&self) -> [(&'static str, String); 7] {
        let yes_or_no = |is: bool| if is { "yes" } else { "no" }.to_owned();
        [
            ("Browser", self.browser()),
            ("Cores reported", self.cores.to_string()),
            ("Timer resolution", format!("{} ms", Fixed(self.timer_step_ms, 3))),
            ("Cross-origin isolated", self.isolated.map_or_else(|| "not known".to_owned(), yes_or_no)),
            ("WebAssembly SIMD", yes_or_no(self.simd)),
            (
                "GPU",
                match self.gpu.as_deref() {
                    None => "not measured".to_owned(),
                    Some("") => "unnamed".to_owned(),
                    Some(name) => name.to_owned(),
                },
            ),
            ("Build", self.build.clone()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_known_by_their_words() {
        for (user_agent, name) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", "Firefox 153"),
            (
                "Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36",
                "Chrome or Chromium 156",
            ),
            (
                "Mozilla/5.0 (X11) AppleWebKit/537.36 HeadlessChrome/156.0.0.0 Safari/537.36",
                "Chromium, headless 156",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) Chrome/156.0.0.0 Safari/537.36 Edg/156.0", "Edge 156"),
            ("Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 Version/18.4 Safari/605.1.15", "Safari 18"),
            ("lynx", "lynx"),
        ] {
            assert_eq!(
                Environment { user_agent: user_agent.to_owned(), ..Environment::default() }.browser(),
                name
            );
        }
    }

    #[test]
    fn a_machine_is_named_by_browser_and_cores() {
        let named = |cores| {
            let user_agent = "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/153.0".to_owned();
            Environment { user_agent, cores, ..Environment::default() }.name()
        };
        assert_eq!([1, 2].map(named), ["Firefox 153, 1 core", "Firefox 153, 2 cores"]);
    }

    #[test]
    fn facts_say_what_the_browser_tells() {
        let environment = Environment {
            user_agent: "lynx".to_owned(),
            cores: 8,
            timer_step_ms: 0.005,
            isolated: Some(true),
            simd: true,
            build: "0123abcd".to_owned(),
            gpu: None,
        };
        let values = |environment: &Environment| environment.facts().map(|(_, value)| value);
        assert_eq!(values(&environment), ["lynx", "8", "0.005 ms", "yes", "yes", "not measured", "0123abcd"]);
        for (isolated, said) in [(Some(false), "no"), (None, "not known")] {
            let values = values(&Environment { isolated, simd: false, ..environment.clone() });
            assert_eq!(values[3..5], [said, "no"]);
        }
        for (name, said) in [("", "unnamed"), ("nvidia hopper", "nvidia hopper")] {
            let gpu = Some(name.to_owned());
            assert_eq!(values(&Environment { gpu, ..environment.clone() })[5], said);
        }
    }
}
