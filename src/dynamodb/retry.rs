//! Whether an error is tried again, and when: a pure decision; the client's loop acts on it.
//!
//! The numbers are the AWS SDKs' own for DynamoDB ("standard" mode), bounded by the operation's deadline.
//! <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>

use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

use crate::error::ServiceCode;
use crate::http::{Failed, TransportError};

const BASE: Duration = Duration::from_millis(25);
const THROTTLED_BASE: Duration = Duration::from_millis(1_000);
const CAP: Duration = Duration::from_secs(20);

/// One failed attempt.
#[derive(Clone, Debug, PartialEq)]
pub enum Failure {
    /// No answer.
    Transport(TransportError),
    /// An answer that is an error.
    Service {
        /// HTTP status.
        status: u16,
        /// The error's type.
        code: ServiceCode,
        /// DynamoDB's text.
        message: String,
        /// `x-amz-retry-after`.
        retry_after: Option<Duration>,
    },
    /// An answer that is not what was asked for.
    Malformed(String),
}

/// What is known when an attempt has failed.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// How many attempts there have been.
    pub attempts: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// What is left of the operation's time.
    pub left: Duration,
    /// Credentials were refreshed for this operation already.
    pub refreshed: bool,
    /// The failed answer has moved the corrected clock.
    pub clock_moved: bool,
    /// A number from 0 to 1 by chance.
    pub chance: f64,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decision {
    /// Tell the caller.
    GiveUp,
    /// Try again after `pause`, if the quota has `cost` tokens.
    Retry {
        /// How long to wait.
        pause: Duration,
        /// Tokens of the retry quota.
        cost: u32,
    },
    /// Get other credentials, then try again at once.
    RefreshCredentials,
}

/// The kind of a failure, as far as trying again is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Final,
    Transient,
    Throttled,
    Credentials,
    Clock,
}

/// Decides on one failed attempt.
pub fn decide(failure: &Failure, now: &Situation) -> Decision {
    let was_last = now.attempts >= now.max_attempts;
    let (base, cost) = match kind(failure) {
        // What was wrong with the request is mended once even where there is to be one attempt only: else the same keys,
        // and the same clock, would be refused on every page.
        Kind::Credentials if !now.refreshed => return Decision::RefreshCredentials,
        Kind::Clock if now.clock_moved && (now.attempts == 1 || !was_last) => {
            return Decision::Retry { pause: Duration::ZERO, cost: 0 };
        }
        Kind::Final | Kind::Credentials | Kind::Clock => return Decision::GiveUp,
        _ if was_last => return Decision::GiveUp,
        Kind::Transient => (BASE, 14),
        Kind::Throttled => (THROTTLED_BASE, 5),
    };
    let doubled = base.saturating_mul(1 << now.attempts.saturating_sub(1).min(16)).min(CAP);
    let jittered = doubled.mul_f64(now.chance.clamp(0.0, 1.0));
    let pause = match failure {
        // The server knows best, within reason: never shorter than ours, never 5 s longer.
        Failure::Service { retry_after: Some(asked), .. } => {
            (*asked).clamp(jittered, jittered + Duration::from_secs(5))
        }
        _ => jittered,
    };
    if pause >= now.left { Decision::GiveUp } else { Decision::Retry { pause, cost } }
}

fn kind(failure: &Failure) -> Kind {
    match failure {
        Failure::Transport(error) => match error.kind {
            Failed::Dns | Failed::Connect | Failed::Timeout | Failed::Lost | Failed::Garbage => Kind::Transient,
            Failed::Tls | Failed::Proxy | Failed::Request => Kind::Final,
        },
        Failure::Malformed(_) => Kind::Transient,
        Failure::Service { status, code, message, .. } => match code {
            code if code.is_throttling() => Kind::Throttled,
            ServiceCode::TransactionConflictException
            | ServiceCode::TransactionInProgressException
            | ServiceCode::InternalServerError
            | ServiceCode::ReplicatedWriteConflictException => Kind::Transient,
            ServiceCode::ExpiredTokenException
            | ServiceCode::ExpiredToken
            | ServiceCode::UnrecognizedClientException => Kind::Credentials,
            ServiceCode::RequestTimeTooSkewed | ServiceCode::RequestExpired => Kind::Clock,
            ServiceCode::InvalidSignatureException if is_about_time(message) => Kind::Clock,
            _ if matches!(status, 500 | 502 | 503 | 504) => Kind::Transient,
            _ => Kind::Final,
        },
    }
}

fn is_about_time(message: &str) -> bool {
    message.contains("expired") || message.contains("not yet current")
}

/// So that an outage does not multiply load: every retry costs, every success pays a little back.
#[derive(Debug)]
pub struct Quota(AtomicU32);

impl Default for Quota {
    fn default() -> Self {
        Quota(AtomicU32::new(Quota::FULL))
    }
}

impl Quota {
    const FULL: u32 = 500;

    /// Takes `cost`, or says no.
    pub fn take(&self, cost: u32) -> bool {
        self.0.fetch_update(Relaxed, Relaxed, |tokens| tokens.checked_sub(cost)).is_ok()
    }

    /// A request succeeded: `cost` is what its last retry had taken.
    pub fn pay_back(&self, cost: u32) {
        let _ = self.0.fetch_update(Relaxed, Relaxed, |tokens| Some((tokens + cost.max(1)).min(Self::FULL)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Situation = Situation {
        attempts: 1,
        max_attempts: 4,
        left: Duration::from_secs(5),
        refreshed: false,
        clock_moved: false,
        chance: 0.5,
    };

    fn service(status: u16, code: &str) -> Failure {
        Failure::Service { status, code: code.into(), message: "Signature expired".into(), retry_after: None }
    }

    fn retried(decision: Decision) -> bool {
        matches!(decision, Decision::Retry { .. })
    }

    #[test]
    fn throttling_servers_in_trouble_and_lost_connections_are_tried_again() {
        for code in ["ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"] {
            assert_eq!(
                decide(&service(400, code), &FIRST),
                Decision::Retry { pause: Duration::from_millis(500), cost: 5 },
                "{code}"
            );
        }
        for status in [500, 502, 503, 504] {
            assert!(retried(decide(&service(status, ""), &FIRST)), "{status}");
        }
        for kind in [Failed::Dns, Failed::Connect, Failed::Timeout, Failed::Lost, Failed::Garbage] {
            assert!(retried(decide(&Failure::Transport(TransportError::new(kind, "")), &FIRST)), "{kind:?}");
        }
    }

    #[test]
    fn what_will_not_change_is_not_tried_again() {
        for code in [
            "ConditionalCheckFailedException",
            "ValidationException",
            "AccessDeniedException",
            "ResourceNotFoundException",
            "ItemCollectionSizeLimitExceededException",
        ] {
            assert_eq!(decide(&service(400, code), &FIRST), Decision::GiveUp, "{code}");
        }
        let tls = Failure::Transport(TransportError::new(Failed::Tls, ""));
        assert_eq!(decide(&tls, &FIRST), Decision::GiveUp);
    }

    #[test]
    fn credentials_are_refreshed_once() {
        let expired = service(400, "ExpiredTokenException");
        assert_eq!(decide(&expired, &FIRST), Decision::RefreshCredentials);
        assert_eq!(decide(&expired, &Situation { refreshed: true, ..FIRST }), Decision::GiveUp);
    }

    #[test]
    fn one_attempt_is_two_where_the_keys_or_the_clock_were_wrong() {
        let one = Situation { max_attempts: 1, ..FIRST };
        assert_eq!(decide(&service(400, "ExpiredTokenException"), &one), Decision::RefreshCredentials);
        let skewed = service(400, "InvalidSignatureException");
        let moved = Situation { clock_moved: true, ..one };
        assert!(retried(decide(&skewed, &moved)));
        assert_eq!(decide(&skewed, &Situation { attempts: 2, ..moved }), Decision::GiveUp);
        assert_eq!(decide(&service(500, ""), &moved), Decision::GiveUp);
    }

    #[test]
    fn a_signature_out_of_time_is_repeated_only_with_a_clock_that_has_moved() {
        let skewed = service(400, "InvalidSignatureException");
        assert_eq!(decide(&skewed, &FIRST), Decision::GiveUp);
        assert!(retried(decide(&skewed, &Situation { clock_moved: true, ..FIRST })));
    }

    #[test]
    fn pauses_double_are_jittered_and_capped() {
        let pause = |attempts, chance| match decide(
            &service(500, ""),
            &Situation { attempts, chance, max_attempts: 99, left: Duration::from_secs(99), ..FIRST },
        ) {
            Decision::Retry { pause, .. } => pause,
            other => panic!("{other:?}"),
        };
        assert_eq!(pause(1, 1.0), Duration::from_millis(25));
        assert_eq!(pause(2, 1.0), Duration::from_millis(50));
        assert_eq!(pause(3, 0.0), Duration::ZERO);
        assert_eq!(pause(40, 1.0), CAP);
    }

    #[test]
    fn the_server_may_ask_for_a_longer_pause_within_reason() {
        let asked = |ms| {
            let failure = Failure::Service {
                status: 503,
                code: "".into(),
                message: String::new(),
                retry_after: Some(Duration::from_millis(ms)),
            };
            decide(&failure, &Situation { left: Duration::from_secs(60), ..FIRST })
        };
        assert_eq!(asked(700), Decision::Retry { pause: Duration::from_millis(700), cost: 14 });
        assert_eq!(asked(3_600_000), Decision::Retry { pause: Duration::from_micros(5_012_500), cost: 14 });
    }

    #[test]
    fn attempts_and_time_are_limited() {
        let error = service(500, "");
        assert_eq!(decide(&error, &Situation { attempts: 4, ..FIRST }), Decision::GiveUp);
        assert_eq!(decide(&error, &Situation { left: Duration::from_millis(5), ..FIRST }), Decision::GiveUp);
    }

    #[test]
    fn the_quota_runs_dry_and_fills_again() {
        let quota = Quota::default();
        assert_eq!((0..100).filter(|_| quota.take(14)).count(), 35);
        for _ in 0..14 {
            quota.pay_back(0);
        }
        assert!(quota.take(14));
    }
}
