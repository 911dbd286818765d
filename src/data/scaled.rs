//! How scaled values were made of others, as a file keeps it beside var.mean and var.std.

/// The parameters of `scale`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scaled {
    pub zero_center: bool,
    pub max_value: Option<f64>,
}
