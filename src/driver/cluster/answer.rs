//! What local workers and those of Dask have in common: the variable that they must not inherit, and what
//! their answers mean.

use crate::plan::cluster::{Frame, Kind, Unmapped};

/// The environment variable with the cluster of a session.
pub const VARIABLE: &str = "SCA_CLUSTER";

/// What the answer to a range means.
pub(super) fn taken(answer: Frame) -> Result<Vec<u8>, Unmapped> {
    match answer.kind {
        Kind::Found => Ok(answer.body),
        Kind::Elsewhere => Err(Unmapped::Elsewhere(answer.said())),
        Kind::Refused => Err(Unmapped::Refused(answer.said())),
        Kind::Stopped => Err(Unmapped::Stopped),
        _ => Err(Unmapped::Lost(answer.said())),
    }
}
