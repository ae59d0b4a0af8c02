//! The errors that DynamoDB answers with, told apart once: where the answer is parsed.

use std::fmt;

macro_rules! codes {
    ($($code:ident,)+) => {
        /// The type of an error answer, as far as something is done about it.
        /// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum ServiceCode {
            $($code,)+
            /// Any other one by its name, and answers of others by their status.
            Other(String),
        }

        impl ServiceCode {
            /// As DynamoDB says it.
            pub fn as_str(&self) -> &str {
                match self {
                    $(ServiceCode::$code => stringify!($code),)+
                    ServiceCode::Other(name) => name,
                }
            }
        }

        impl From<&str> for ServiceCode {
            fn from(name: &str) -> Self {
                match name {
                    $(stringify!($code) => ServiceCode::$code,)+
                    other => ServiceCode::Other(other.to_owned()),
                }
            }
        }
    };
}

codes! {
    AccessDeniedException,
    ConditionalCheckFailedException,
    ExpiredToken,
    ExpiredTokenException,
    InternalServerError,
    InvalidClientTokenId,
    InvalidSignatureException,
    MissingAuthenticationTokenException,
    ProvisionedThroughputExceededException,
    ReplicatedWriteConflictException,
    RequestExpired,
    RequestLimitExceeded,
    RequestThrottledException,
    RequestTimeTooSkewed,
    ResourceInUseException,
    ResourceNotFoundException,
    SignatureDoesNotMatch,
    ThrottledException,
    Throttling,
    ThrottlingException,
    TransactionConflictException,
    TransactionInProgressException,
    UnknownOperationException,
    UnrecognizedClientException,
    ValidationException,
}

impl ServiceCode {
    /// The capacity is used up, in the words that the AWS SDKs know.
    /// <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
    pub fn is_throttling(&self) -> bool {
        matches!(
            self,
            ServiceCode::ProvisionedThroughputExceededException
                | ServiceCode::ThrottlingException
                | ServiceCode::Throttling
                | ServiceCode::ThrottledException
                | ServiceCode::RequestLimitExceeded
                | ServiceCode::RequestThrottledException
        )
    }
}

impl fmt::Display for ServiceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_told_by_its_name_and_shown_by_it() {
        let code = ServiceCode::from("ThrottlingException");
        assert!(code == ServiceCode::ThrottlingException && code.is_throttling());
        let other = ServiceCode::from("SomethingNew");
        assert_eq!((other.as_str(), other.is_throttling()), ("SomethingNew", false));
    }
}
