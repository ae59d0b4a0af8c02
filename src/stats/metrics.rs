//! A snapshot as the text that Prometheus reads.
//!
//! <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>; names and units:
//! <https://prometheus.io/docs/practices/naming/>

use std::fmt::{self, Display, Write as _};

use super::histogram::BOUNDS_US;
use super::{MAXIMUM, Snapshot};

impl Snapshot {
    /// All counters and histograms, each with its meaning and its type. Times are in seconds.
    pub fn to_metrics(&self) -> String {
        let mut text = String::with_capacity(8_192);
        // Writing to a string cannot fail.
        let _ = self.write_metrics(&mut text);
        text
    }

    fn write_metrics(&self, to: &mut String) -> fmt::Result {
        head(to, "dynamosess_build_info", "which version of dynamosess this is", "gauge")?;
        writeln!(to, "dynamosess_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION"))?;
        for (name, value, help) in self.list() {
            counter(to, name, value, help)?;
        }
        for (name, help, values) in self.histograms() {
            histogram(to, &format!("dynamosess_{name}_seconds"), help, values)?;
        }
        Ok(())
    }
}

/// A name without a unit, or with one at its end or its beginning, becomes one with Prometheus' unit.
fn counter(to: &mut String, name: &str, value: u64, help: &str) -> fmt::Result {
    let help = help.trim_start_matches("microseconds ").trim_start_matches("of ");
    match name {
        MAXIMUM => single(to, "dynamosess_time_max_seconds", &format!("seconds of {help}"), "gauge", Seconds(value)),
        "time_us" => single(to, "dynamosess_time_seconds_total", &format!("seconds {help}"), "counter", Seconds(value)),
        "bytes_read" => single(to, "dynamosess_read_bytes_total", help, "counter", value),
        "bytes_written" => single(to, "dynamosess_written_bytes_total", help, "counter", value),
        _ => single(to, &format!("dynamosess_{name}_total"), help, "counter", value),
    }
}

fn head(to: &mut String, name: &str, help: &str, kind: &str) -> fmt::Result {
    writeln!(to, "# HELP {name} {help}\n# TYPE {name} {kind}")
}

fn single(to: &mut String, name: &str, help: &str, kind: &str, value: impl Display) -> fmt::Result {
    head(to, name, help, kind)?;
    writeln!(to, "{name} {value}")
}

/// Buckets are cumulative there: each has all that took no longer.
fn histogram(to: &mut String, name: &str, help: &str, values: &[u64]) -> fmt::Result {
    head(to, name, help, "histogram")?;
    let (buckets, rest) = values.split_at_checked(BOUNDS_US.len()).unwrap_or_default();
    let mut count = 0;
    for (bound, value) in BOUNDS_US.iter().zip(buckets) {
        count += value;
        writeln!(to, "{name}_bucket{{le=\"{}\"}} {count}", Seconds(*bound))?;
    }
    count += rest.first().unwrap_or(&0);
    let sum = Seconds(rest.last().copied().unwrap_or(0));
    writeln!(to, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}")
}

/// Microseconds, shown in seconds without a rounding error.
struct Seconds(u64);

impl Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 1_000_000, self.0 % 1_000_000);
        if rest == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{rest:06}").trim_end_matches('0'))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::super::Stats;

    fn text(of: impl Fn(&Stats)) -> String {
        let stats = Stats::default();
        of(&stats);
        stats.snapshot().to_metrics()
    }

    #[test]
    fn a_counter_has_its_meaning_type_and_value() {
        let text = text(|stats| stats.retries.add(3));
        let expected = "# HELP dynamosess_retries_total requests sent again after an error\n\
                        # TYPE dynamosess_retries_total counter\ndynamosess_retries_total 3\n";
        assert!(text.contains(expected), "{text}");
    }

    #[test]
    fn times_are_in_seconds_and_sizes_in_bytes() {
        let text = text(|stats| {
            stats.took(Duration::from_micros(2_500_000));
            stats.bytes_read.add(6_144);
        });
        for line in [
            "# HELP dynamosess_time_seconds_total seconds spent in session operations\n",
            "\ndynamosess_time_seconds_total 2.5\n",
            "# HELP dynamosess_time_max_seconds seconds of the slowest session operation\n",
            "# TYPE dynamosess_time_max_seconds gauge\n",
            "\ndynamosess_read_bytes_total 6144\n",
        ] {
            assert!(text.contains(line), "{line} is not in {text}");
        }
        assert!(!text.contains("_us"));
    }

    #[test]
    fn a_histograms_buckets_hold_all_that_took_no_longer() {
        let text = text(|stats| {
            for micros in [400, 500, 501, 3_000_000, 11_000_000] {
                stats.lock_wait_duration.took(Duration::from_micros(micros));
            }
        });
        let name = "dynamosess_lock_wait_duration_seconds";
        for (line, value) in [
            ("_bucket{le=\"0.0005\"}", "2"),
            ("_bucket{le=\"0.001\"}", "3"),
            ("_bucket{le=\"2.5\"}", "3"),
            ("_bucket{le=\"5\"}", "4"),
            ("_bucket{le=\"10\"}", "4"),
            ("_bucket{le=\"+Inf\"}", "5"),
            ("_sum", "14.001401"),
            ("_count", "5"),
        ] {
            assert!(text.contains(&format!("\n{name}{line} {value}\n")), "{line} {value} is not in {text}");
        }
    }

    #[test]
    fn every_line_is_one_that_prometheus_reads_and_no_series_comes_twice() {
        let text = text(|stats| stats.read_duration.took(Duration::from_millis(1)));
        let mut series = HashSet::new();
        assert!(text.ends_with('\n'));
        for line in text.lines() {
            let name = |text: &str| text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            match line.strip_prefix("# ") {
                Some(comment) => {
                    let mut words = comment.splitn(3, ' ');
                    let (what, of) = (words.next().unwrap(), words.next().unwrap());
                    assert!(matches!(what, "HELP" | "TYPE") && name(of) && words.next().is_some(), "{line}");
                }
                None => {
                    let (of, value) = line.rsplit_once(' ').unwrap();
                    assert!(name(of.split('{').next().unwrap()) && value.parse::<f64>().is_ok(), "{line}");
                    assert!(series.insert(of.to_owned()), "{line}");
                }
            }
        }
    }
}
