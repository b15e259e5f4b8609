//! What an operation can come to.

use iggy::prelude::IggyError;

pub enum Failure {
    /// The client reported an error, its own or that of the broker.
    Client(IggyError),
    /// The client has no such call, or cannot express an argument.
    NotOffered(&'static str),
    /// The line is none that the driver knows.
    NotUnderstood(String),
}

pub type Outcome<T> = Result<T, Failure>;

impl From<IggyError> for Failure {
    fn from(error: IggyError) -> Self {
        match error {
            IggyError::FeatureUnavailable => {
                Failure::NotOffered("the client has no such call over HTTP")
            }
            other => Failure::Client(other),
        }
    }
}

pub fn unknown<T>(operation: &str) -> Outcome<T> {
    Err(Failure::NotUnderstood(format!(
        "there is no operation {operation}"
    )))
}
