//! A figure as data: what to draw, not how. Drawn by `render`.
#[derive(Debug)]
pub struct Figure;
