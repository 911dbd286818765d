//! The work of the child that [`super::probe`] starts: it looks at everything in a file that may make the
//! HDF5 library hang or crash, and says where it is before it goes there.

use super::limits::{self, allow_more};
use super::probe::{DONE, LOOP, MEMORY, OUTSIDE, TEXTS};
use super::{H5File, Object, heaps, outside};
use crate::data::FileFault;
use crate::io::chunks::Chunked;
use crate::io::element::Element;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::rc::Rc;

/// Seconds of computing for one object; of a large array of texts, bytes of the file that are worth a
/// second more.
const SECONDS: u64 = 3;
const BYTES_A_SECOND: u64 = 10 << 20;
/// Bytes of the arrays of other values that are read: larger ones are read past the library.
const BYTES: usize = 1 << 16;
/// Objects of a file: more are an endless tree in few bytes.
const MOST: usize = 2_000_000;

/// The child's work: looks at everything in a file, within limits, and says where it is.
///
/// `object`: only at this array of texts; `external`: other files may be read for it.
/// `memory`: bytes that the library may need.
pub fn walk(path: &Path, object: &str, memory: u64, external: bool) {
    outlive_the_keyboard();
    limits::start(SECONDS, memory);
    if external {
        outside::allow(path);
    }
    let mut out = std::io::stdout();
    let mut say = |line: &str| {
        let line: String = line.chars().filter(|c| !c.is_control()).collect();
        let _ = out.write_all(format!("{line}\n").as_bytes());
        let _ = out.flush();
        allow_more(SECONDS);
    };
    say("/");
    // An error is no reason to stop: readers get the same, and know what to say of it.
    let file = H5File::open(path);
    if !object.is_empty() {
        say(object);
        let length = fs::metadata(path).map_or(0, |about| about.len());
        allow_more(SECONDS + length / BYTES_A_SECOND);
        let array = file.and_then(|file| Object::at(&file, object));
        if let Ok(Some(array)) = array {
            look_at_texts(&array);
        }
        if limits::is_memory_refused() {
            return say(MEMORY);
        }
    } else if let Ok(root) = file.and_then(|file| Object::root(&file))
        && let Some(verdict) = look(root, &mut say)
    {
        return say(verdict);
    } else if limits::is_memory_refused() {
        return say(MEMORY);
    }
    say(DONE);
}

/// Everything in a group, without recursion; says what must not be read.
fn look(root: Object, say: &mut impl FnMut(&str)) -> Option<&'static str> {
    let root = Rc::new(root);
    let mut waiting = vec![(Rc::clone(&root), None::<String>, Rc::new(Vec::new()))];
    let mut seen = 0;
    while let Some((group, member, above)) = waiting.pop() {
        seen += 1;
        let object = match member {
            None => group,
            Some(name) => {
                say(&group.child_path(&name));
                match group.child(&name) {
                    Ok(Some(child)) => Rc::new(child),
                    Err(error) if error.fault == FileFault::Outside => {
                        say(&error.problem);
                        return Some(OUTSIDE);
                    }
                    _ if limits::is_memory_refused() => return Some(MEMORY),
                    _ => continue,
                }
            }
        };
        object.look_at_attributes();
        if !object.is_group() {
            look_at_values(&object);
        }
        if limits::is_memory_refused() {
            return Some(MEMORY);
        }
        if !object.is_group() {
            continue;
        }
        let Some(token) = object.token() else {
            continue;
        };
        if above.contains(&token) || seen > MOST {
            return Some(LOOP);
        }
        let above = Rc::new(above.iter().copied().chain([token]).collect());
        let names = object.children().unwrap_or_default();
        let members = names.into_iter().rev();
        waiting.extend(members.map(|name| (Rc::clone(&object), Some(name), Rc::clone(&above))));
    }
    None
}

fn look_at_values(object: &Object) {
    let Some(values) = object.values() else {
        return;
    };
    let elsewhere = object.look_at_chunks();
    let _ = match &values.element {
        Element::Text if values.len() <= TEXTS => {
            look_at_texts(object);
            Ok(())
        }
        Element::Number(number) if values.len().saturating_mul(number.size) <= BYTES => {
            values.read::<f64>(None).map(drop)
        }
        // Of a virtual array the library finds out when it is read where its values are.
        Element::Number(_) if elsewhere && !values.shape.is_empty() => {
            values.read::<f64>(Some(0..1)).map(drop)
        }
        Element::Bool(_) if values.len() <= BYTES => values.truths().map(drop),
        Element::Record(fields) => {
            let fields = fields.iter().filter_map(|name| values.field(name));
            fields.for_each(|field| {
                if field.element == Element::Text && field.len() <= TEXTS {
                    let _ = field.texts();
                }
            });
            Ok(())
        }
        _ => Ok(()),
    };
}

/// Reads the texts of an array, unless it is seen without the library that they can be read.
fn look_at_texts(object: &Object) {
    let Some(values) = object.values() else {
        return;
    };
    let seen = match values.text_size() {
        Some(size) => Chunked::is_plain(object, size),
        None => {
            values.are_references()
                && Chunked::raw(object, heaps::REFERENCE)
                    .is_some_and(|references| heaps::are_sound(&object.file, &references))
        }
    };
    if !seen {
        let _ = values.texts();
    }
}

/// Ctrl-C goes to this process, too, but it is the other one's to say what that means.
fn outlive_the_keyboard() {
    #[cfg(unix)]
    // SAFETY: the signals are ignored from here on; no handler runs.
    unsafe {
        libc::signal(libc::SIGINT, libc::SIG_IGN);
        libc::signal(libc::SIGHUP, libc::SIG_IGN);
    }
}
