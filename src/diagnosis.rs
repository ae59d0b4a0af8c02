//! `check()` and `checkReport()`: what an operator runs first.

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Diagnosis {
    /// What is wrong, each with its remedy.
    pub problems: Vec<String>,
}

impl Diagnosis {
    /// As JSON, for `check()`.
    pub fn to_json(&self) -> String {
        serde_json::json!({ "ok": self.problems.is_empty(), "problems": self.problems }).to_string()
    }

    /// As text for a terminal, for `checkReport()`.
    pub fn to_text(&self) -> String {
        self.problems.join("\n")
    }
}
