//! What planning knows about a value: it is known, it will be computed, or there is none.

/// What is known of a value while a step is planned with it.
///
/// What is not known yet is never replaced by a default: the step looks again once it is known.
#[derive(Debug, Clone)]
pub enum Known<T> {
    Value(T),
    /// A step of the plan will make it, or reading it takes long.
    Promised,
    Absent,
}

impl<T> Known<T> {
    /// What can be seen of a value that is known, if it is of the right kind.
    pub fn and_then<U>(self, look: impl FnOnce(T) -> Option<U>) -> Known<U> {
        match self {
            Known::Value(value) => look(value).map_or(Known::Absent, Known::Value),
            Known::Promised => Known::Promised,
            Known::Absent => Known::Absent,
        }
    }

    /// The value, if it is known.
    pub fn value(self) -> Option<T> {
        match self {
            Known::Value(value) => Some(value),
            _ => None,
        }
    }
}
