//! Matrices on their way into a file or store: those of one source in one reading of it.
//!
//! Blocks become the file's bytes on all cores; the bytes go to the file in the order of the cells.

use super::as_stored::{self, Wide};
use crate::data::matrix::{GRAIN_CELLS, GRAIN_VALUES};
use crate::data::{FileError, Lazy, Promise, RowsView, Value};
use crate::diagnostic::{Diagnostic, Outcome, code};
use crate::io::h5ad::{Encoded, MatrixForm, MatrixSink};
use crate::kernels::ticker::Ticker;
use crate::plan::{self, Engine, Fault, Folding, View};
use crate::source::Origin;
use std::sync::{Arc, Mutex};

/// A matrix and the place in the file that it fills.
pub struct Stream {
    view: View,
    sink: MatrixSink,
    way: Way,
}

/// How values get to the file.
enum Way {
    /// As blocks of the engine, which are f32 and by cell.
    Blocks,
    /// As they are stored where they come from.
    AsStored,
    /// As a step holds them.
    Held,
}

impl Stream {
    /// `create` begins the place in the file.
    pub fn new(
        mut view: View,
        create: impl FnOnce(MatrixForm) -> Result<MatrixSink, FileError>,
    ) -> Result<Stream, FileError> {
        // Large numbers are taken from the source where blocks are of a wider type.
        view.takes_exact = as_stored::is_wide(&view.matrix);
        let stored = as_stored::stored(&view.matrix).filter(|stored| as_stored::differs(*stored));
        let held = as_stored::held(&view.matrix).is_some();
        let (form, way) = match stored {
            Some(stored) => (stored.form().into(), Way::AsStored),
            None if held => (as_stored::HELD.into(), Way::Held),
            None => (MatrixForm::of(&view.matrix), Way::Blocks),
        };
        Ok(Stream {
            way,
            sink: create(form)?,
            view,
        })
    }
}

/// Fills all places, or none to its end.
///
/// # Errors
/// As [`MatrixSink::push`], and whatever the steps of a matrix say of its values.
pub fn fill(streams: Vec<Stream>, engine: &Engine, origin: &Origin) -> Outcome<()> {
    // One copy after another: side by side, their positions in the file would depend on who was faster.
    let (mut all, mut last) = (Vec::new(), None);
    for stream in streams {
        let before = last.clone();
        let filled = match stream.way {
            Way::AsStored => as_stored::copy(stream.view, stream.sink, before, origin),
            Way::Held => as_stored::copy_held(stream.view, stream.sink, before, origin),
            Way::Blocks => {
                all.push(fold(stream, origin));
                continue;
            }
        };
        all.push(filled.clone());
        last = Some(filled);
    }
    engine.run(&all).map(drop)
}

fn fold(Stream { view, sink, .. }: Stream, origin: &Origin) -> Lazy {
    let partial_bytes = partial_bytes(&view, &sink);
    let encoder = sink.encoder();
    let shared = Arc::new(Mutex::new(Filling {
        sink: Some(sink),
        error: None,
    }));
    let seen = view.clone();
    plan::fold(
        "write",
        Some(origin.clone()),
        view,
        (),
        Promise::Unknown,
        move |_, ()| {
            let encoder = encoder.clone();
            let wide = Wide::of(&seen)?;
            let (merging, finishing) = (shared.clone(), shared.clone());
            Ok(Folding {
                new: Encoded::default,
                add: move |into: &mut Encoded, rows: RowsView, cells: &[u32], _: &Ticker| {
                    let large = match &wide {
                        Some(wide) => wide.encode(rows, cells, into)?,
                        None => false,
                    };
                    if !large {
                        encoder.encode(rows, into);
                    }
                    Ok(())
                },
                merge: move |into: &mut Encoded, next: Encoded| {
                    Filling::take(&merging, std::mem::replace(into, next));
                },
                finish: move |last: Encoded, _: &Ticker| {
                    Filling::take(&finishing, last);
                    Filling::finish(&finishing)?;
                    Ok(Value::of(()))
                },
                partial_bytes,
            }
            .here())
        },
    )
}

/// Of a grain of the source.
fn partial_bytes(view: &View, sink: &MatrixSink) -> u64 {
    let blocks = &view.matrix.blocks;
    let per_cell = blocks.n_values().unwrap_or(0) / blocks.n_cells().max(1) as u64;
    let values = (per_cell * GRAIN_CELLS as u64).clamp(1 << 13, GRAIN_VALUES);
    sink.value_bytes() as u64 * values
}

/// A sink that remembers its first error.
struct Filling {
    sink: Option<MatrixSink>,
    error: Option<FileError>,
}

impl Filling {
    fn take(shared: &Mutex<Filling>, cells: Encoded) {
        let Ok(mut shared) = shared.lock() else {
            return;
        };
        if shared.error.is_none() {
            let result = shared.sink.as_mut().map_or(Ok(()), |sink| sink.push(cells));
            shared.error = result.err();
        }
    }

    fn finish(shared: &Mutex<Filling>) -> Result<(), Fault> {
        let Ok(mut shared) = shared.lock() else {
            return Err(Fault::Reported(Diagnostic::error(
                code::BUG,
                "the writer broke off",
            )));
        };
        match (shared.error.take(), shared.sink.take()) {
            (Some(error), _) => Err(error.into()),
            (None, Some(sink)) => Ok(sink.finish()?),
            (None, None) => Ok(()),
        }
    }
}
