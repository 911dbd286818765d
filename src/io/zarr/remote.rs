//! A remote store: as few requests as its chunks allow.
//!
//! Where all metadata lie at the root once more (consolidated: `.zmetadata` of version 2, in `zarr.json` in version 3),
//! they are fetched once, nothing is listed, and what they do not name is missing. Where a shard's index is fetched, so is what lies before
//! it: of a small array that is all of it. What was fetched last is kept: chunks that a matrix is judged by are read again
//! in the first pass. Chunks of a shard that lie one after the other are fetched together, and a request for one that is on its way
//! waits for it: with a request for each, a pass would mostly wait for answers to begin. Chunks that are objects of their own take
//! a request each, and those that follow are asked for at the same time.

mod fetched;

use crate::data::stop;
use crate::io::reason::Reason;
use crate::io::remote::{Objects, Wanted, changed};
use fetched::{Fetches, Part};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::io::{ErrorKind, Result};
use std::ops::Range;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub struct Remote {
    objects: Box<dyn Objects>,
    metadata: Metadata,
    fetched: Mutex<Fetches>,
    /// Something arrived, or will not.
    arrived: Condvar,
}

#[derive(Debug)]
enum Metadata {
    /// All of them, by their keys.
    Consolidated(BTreeMap<String, Vec<u8>>),
    /// Those that were requested; `None` where there are none.
    Asked(Mutex<HashMap<String, Option<Arc<Vec<u8>>>>>),
}

/// Bytes at the end of a shard that are fetched with its index: they take no longer than a request. No more than these are kept.
const END: u64 = 1 << 20;
/// Bytes of neighboring chunks that are fetched together.
pub const TOGETHER: u64 = 4 << 20;
/// All bytes of an object, however many they are.
const WHOLE: Range<u64> = 0..u64::MAX;
/// How often who waits for another's request looks whether an end was asked for.
const LOOK: Duration = Duration::from_millis(50);

const NAMES: [&str; 4] = ["zarr.json", ".zarray", ".zgroup", ".zattrs"];

impl Remote {
    /// # Errors
    /// It does not answer, or may not be read.
    pub fn open(objects: Box<dyn Objects>) -> Result<Self> {
        let mut asked = HashMap::new();
        let mut refused = None;
        let mut consolidated = None;
        for key in ["zarr.json", ".zmetadata"] {
            let found = match objects.get(key, Wanted::All, None) {
                // S3 says so of what is missing, too, if one may not list the bucket.
                Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                    refused.get_or_insert(error);
                    continue;
                }
                found => found?.map(|object| object.bytes),
            };
            consolidated = found.as_deref().and_then(all_metadata);
            let is_there = found.is_some();
            asked.insert(key.to_owned(), found.map(Arc::new));
            if is_there {
                break;
            }
        }
        let nothing = asked.values().all(Option::is_none);
        if let (Some(error), true) = (refused, nothing) {
            return Err(error);
        }
        Ok(Remote {
            objects,
            metadata: match consolidated {
                Some(all) => Metadata::Consolidated(all),
                None => Metadata::Asked(Mutex::new(asked)),
            },
            fetched: Mutex::default(),
            arrived: Condvar::new(),
        })
    }

    /// Whether there is a key of metadata. One that could not be asked for counts: reading it will say why.
    pub fn has(&self, key: &str) -> bool {
        match &self.metadata {
            Metadata::Consolidated(all) => all.contains_key(key),
            Metadata::Asked(_) => self.metadata(key).map_or(true, |found| found.is_some()),
        }
    }

    /// All bytes of a key, in place of what `to` held; false if there is no such key. Those of `following` will be
    /// wanted, too.
    pub fn get(&self, key: &str, following: &[String], to: &mut Vec<u8>) -> Result<bool> {
        to.clear();
        if NAMES.contains(&key.rsplit('/').next().unwrap_or(key)) {
            let found = self.metadata(key)?;
            to.extend(found.iter().flat_map(|bytes| bytes.iter()));
            return Ok(found.is_some());
        }
        let mut fetched = self.fetched();
        loop {
            if let Some(bytes) = fetched.whole(key) {
                drop(fetched);
                to.extend_from_slice(&bytes);
                return Ok(true);
            }
            if !fetched.is_coming(key, &WHOLE) {
                break;
            }
            fetched = self.wait(fetched)?;
        }
        let is_new =
            |key: &&String| fetched.whole(key).is_none() && !fetched.is_coming(key, &WHOLE);
        let mut keys = vec![key.to_owned()];
        keys.extend(following.iter().filter(is_new).cloned());
        let coming = keys.iter().map(|key| (key.clone(), WHOLE));
        fetched.coming.extend(coming);
        drop(fetched);
        let mut objects = self.objects.get_all(&keys).into_iter();
        let wanted = objects.next();
        let mut fetched = self.fetched();
        fetched.coming.retain(|(coming, _)| !keys.contains(coming));
        // One that did not arrive is asked for again by who wants it.
        for (key, object) in keys[1..].iter().zip(objects) {
            if let Ok(Some(object)) = object {
                fetched.keep(key, Part::Whole, object.bytes);
            }
        }
        self.arrived.notify_all();
        let Some(object) = wanted.transpose()?.flatten() else {
            return Ok(false);
        };
        if object.bytes.len() as u64 <= END {
            fetched.keep(key, Part::Whole, object.bytes.clone());
        }
        *to = object.bytes;
        Ok(true)
    }

    /// Waits until something arrived.
    fn wait<'a>(&self, fetched: MutexGuard<'a, Fetches>) -> Result<MutexGuard<'a, Fetches>> {
        let waited = self.arrived.wait_timeout(fetched, LOOK);
        if stop::is_asked() {
            return Err(Reason::stopped().into());
        }
        Ok(waited.unwrap_or_else(PoisonError::into_inner).0)
    }

    fn fetched(&self) -> MutexGuard<'_, Fetches> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn metadata(&self, key: &str) -> Result<Option<Arc<Vec<u8>>>> {
        let asked = match &self.metadata {
            Metadata::Consolidated(all) => return Ok(all.get(key).cloned().map(Arc::new)),
            Metadata::Asked(asked) => asked,
        };
        if let Some(found) = asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
        {
            return Ok(found.clone());
        }
        let found = self.objects.get(key, Wanted::All, None)?;
        let found = found.map(|object| Arc::new(object.bytes));
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.insert(key.to_owned(), found.clone());
        Ok(found)
    }

    /// The bytes of a key from `start` on, as many as `to` has; false if there is no such key. Those up to `until` will be
    /// wanted, too.
    pub fn get_at(&self, key: &str, start: u64, until: u64, to: &mut [u8]) -> Result<bool> {
        let end = start.checked_add(to.len() as u64);
        let end = end.ok_or(ErrorKind::InvalidData)?;
        let mut fetched = self.fetched();
        let (part, version) = loop {
            if let Some((bytes, at)) = fetched.part(key, start, to.len()) {
                drop(fetched);
                to.copy_from_slice(&bytes[at]);
                return Ok(true);
            }
            if !fetched.is_coming(key, &(start..end)) {
                let part = start..fetched.before_coming(key, end, until);
                fetched.coming.push((key.to_owned(), part.clone()));
                break (part, fetched.versions.get(key).cloned().flatten());
            }
            fetched = self.wait(fetched)?;
        };
        drop(fetched);
        let wanted = Wanted::Part(part.clone());
        let object = self.objects.get(key, wanted, version.as_deref());
        let mut fetched = self.fetched();
        fetched
            .coming
            .retain(|(of, coming)| of != key || *coming != part);
        self.arrived.notify_all();
        let Some(object) = object? else {
            return Ok(false);
        };
        if object.bytes.len() as u64 != part.end - part.start {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        to.copy_from_slice(&object.bytes[..to.len()]);
        if object.bytes.len() as u64 <= TOGETHER {
            fetched.keep(key, Part::From(start), object.bytes);
        }
        Ok(true)
    }

    /// The last bytes of a key, as many as `to` has; false if there is no such key.
    pub fn get_end(&self, key: &str, to: &mut [u8]) -> Result<bool> {
        let n = END.max(to.len() as u64);
        // Who has another chunk of this shard may have asked for its index before.
        let version = self.fetched().versions.get(key).cloned().flatten();
        let wanted = Wanted::Last(n);
        let Some(object) = self.objects.get(key, wanted, version.as_deref())? else {
            return Ok(false);
        };
        let before = object.bytes.len().checked_sub(to.len());
        let before = before.ok_or(ErrorKind::UnexpectedEof)?;
        to.copy_from_slice(&object.bytes[before..]);
        let from = object.size.saturating_sub(object.bytes.len() as u64);
        let mut fetched = self.fetched();
        let known = fetched.versions.entry(key.to_owned());
        if *known.or_insert_with(|| object.version.clone()) != object.version {
            return Err(changed(key).into());
        }
        fetched.keep(key, Part::From(from), object.bytes);
        Ok(true)
    }

    /// Names of what lies in a folder of the store, sorted.
    pub fn list(&self, folder: &str) -> Result<Vec<String>> {
        let mut names = match &self.metadata {
            Metadata::Asked(_) => self.objects.list(folder)?,
            Metadata::Consolidated(all) => {
                let within = |key: &String| match folder {
                    "" => Some(first(key.as_str())),
                    folder => key.strip_prefix(folder)?.strip_prefix('/').map(first),
                };
                all.keys().filter_map(within).collect()
            }
        };
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }
}

fn first(path: &str) -> String {
    path.split('/').next().unwrap_or(path).to_owned()
}

/// All metadata of a store from those at its root, by their keys; `None` where they are not all there.
fn all_metadata(root: &[u8]) -> Option<BTreeMap<String, Vec<u8>>> {
    let root: Value = serde_json::from_slice(root).ok()?;
    let bytes = |value: &Value| serde_json::to_vec(value).ok();
    let mut all = BTreeMap::new();
    match root.get("consolidated_metadata") {
        Some(consolidated) => {
            for (path, node) in consolidated["metadata"].as_object()? {
                all.insert(format!("{path}/zarr.json"), bytes(node)?);
            }
            // As zarr leaves it in a group that was empty then.
            if all.is_empty() {
                return None;
            }
            all.insert("zarr.json".to_owned(), bytes(&root)?);
        }
        None => {
            for (key, node) in root["metadata"].as_object()? {
                all.insert(key.clone(), bytes(node)?);
            }
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::remote::Object;
    use std::io::Error;
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

    /// Objects in memory, and what was asked for.
    #[derive(Debug, Default, Clone)]
    struct Held {
        objects: HashMap<String, Vec<u8>>,
        refused: Vec<String>,
        replaced: Arc<AtomicBool>,
        asked: Arc<Mutex<Vec<String>>>,
    }

    impl Objects for Held {
        fn get(&self, key: &str, wanted: Wanted, version: Option<&str>) -> Result<Option<Object>> {
            let version = version.map_or(String::new(), |version| format!(" as of {version}"));
            let mut asked = self.asked.lock().unwrap();
            asked.push(format!("{key} {wanted:?}{version}"));
            if self.refused.iter().any(|refused| refused == key) {
                return Err(Error::new(ErrorKind::PermissionDenied, "no"));
            }
            let Some(bytes) = self.objects.get(key) else {
                return Ok(None);
            };
            let n = bytes.len();
            let bytes = match wanted {
                Wanted::All => bytes.clone(),
                Wanted::Part(part) => bytes[part.start as usize..part.end as usize].to_vec(),
                Wanted::Last(last) => bytes[n.saturating_sub(last as usize)..].to_vec(),
            };
            Ok(Some(Object {
                bytes,
                size: n as u64,
                version: Some(["1", "2"][usize::from(self.replaced.load(Relaxed))].to_owned()),
            }))
        }

        fn list(&self, folder: &str) -> Result<Vec<String>> {
            self.asked.lock().unwrap().push(format!("list {folder}"));
            Ok(vec!["b".to_owned(), "a".to_owned()])
        }
    }

    fn held(objects: &[(&str, &[u8])]) -> Held {
        let owned = |&(key, bytes): &(&str, &[u8])| (key.to_owned(), bytes.to_vec());
        Held {
            objects: objects.iter().map(owned).collect(),
            ..Held::default()
        }
    }

    fn open(held: &Held) -> (Remote, Arc<Mutex<Vec<String>>>) {
        let asked = Arc::clone(&held.asked);
        (Remote::open(Box::new(held.clone())).unwrap(), asked)
    }

    fn asked(asked: &Mutex<Vec<String>>) -> Vec<String> {
        std::mem::take(&mut *asked.lock().unwrap())
    }

    #[test]
    fn consolidated_metadata_are_fetched_once_and_nothing_is_listed() {
        let v2 = br#"{"metadata": {".zgroup": {}, "obs/.zgroup": {}, "obs/a/.zarray": {"n": 1}}}"#;
        let v3 = br#"{"node_type": "group", "consolidated_metadata": {"metadata": {
            "obs": {"node_type": "group"}, "obs/a": {"n": 1}}}}"#;
        let stores = [
            (held(&[(".zmetadata", v2)]), "obs/a/.zarray", 2),
            (held(&[("zarr.json", v3)]), "obs/a/zarr.json", 1),
        ];
        for (held, key, n) in stores {
            let (remote, requests) = open(&held);
            assert_eq!(asked(&requests).len(), n);
            let mut bytes = Vec::new();
            assert!(remote.get(key, &[], &mut bytes).unwrap());
            assert_eq!(bytes, br#"{"n":1}"#);
            assert!(remote.has(key) && !remote.has("obs/b/zarr.json"));
            assert!(!remote.get("obs/b/.zarray", &[], &mut bytes).unwrap());
            assert!(remote.list("obs").unwrap().contains(&"a".to_owned()));
            assert!(remote.list("").unwrap().contains(&"obs".to_owned()));
            assert!(asked(&requests).is_empty());
        }
    }

    #[test]
    fn other_metadata_are_asked_for_once() {
        let (remote, requests) = open(&held(&[("zarr.json", b"{}"), ("a/zarr.json", b"{}")]));
        asked(&requests);
        for _ in 0..2 {
            assert!(remote.has("zarr.json") && remote.has("a/zarr.json"));
            assert!(!remote.has("b/zarr.json"));
        }
        assert_eq!(asked(&requests), ["a/zarr.json All", "b/zarr.json All"]);
        assert_eq!(remote.list("").unwrap(), ["a", "b"]);
    }

    #[test]
    fn what_may_not_be_asked_for_may_not_be_there() {
        let metadata = br#"{"metadata": {".zgroup": {}}}"#;
        let mut store = held(&[(".zmetadata", metadata)]);
        store.refused = vec!["zarr.json".to_owned()];
        assert!(open(&store).0.has(".zgroup"));
        store.refused.push(".zmetadata".to_owned());
        let error = Remote::open(Box::new(store)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    }

    #[test]
    fn a_small_chunk_is_one_request() {
        let large = vec![1; END as usize + 1];
        let objects: [(&str, &[u8]); 3] = [
            ("zarr.json", b"{}"),
            ("c/0", b"abc"),
            ("c/1", large.as_slice()),
        ];
        let (remote, requests) = open(&held(&objects));
        asked(&requests);
        let mut bytes = Vec::new();
        for _ in 0..2 {
            assert!(remote.get("c/0", &[], &mut bytes).unwrap());
            assert_eq!(bytes, b"abc");
            assert!(remote.get("c/1", &[], &mut bytes).unwrap());
            assert_eq!(bytes, large);
        }
        assert_eq!(asked(&requests), ["c/0 All", "c/1 All", "c/1 All"]);
    }

    #[test]
    fn chunks_that_follow_are_asked_for_at_the_same_time() {
        let chunk = vec![7; END as usize + 1];
        let objects: Vec<(String, &[u8])> =
            (0..4).map(|i| (format!("c/{i}"), &chunk[..])).collect();
        let mut objects: Vec<(&str, &[u8])> = objects
            .iter()
            .map(|(key, bytes)| (&key[..], *bytes))
            .collect();
        objects.push(("zarr.json", b"{}"));
        let (remote, requests) = open(&held(&objects));
        asked(&requests);
        let following: Vec<String> = (1..5).map(|i| format!("c/{i}")).collect();
        let mut bytes = Vec::new();
        for key in ["c/0", "c/1", "c/2", "c/3"] {
            assert!(remote.get(key, &following, &mut bytes).unwrap());
            assert_eq!(bytes, chunk);
        }
        // The last one is missing.
        let all: Vec<String> = (0..5).map(|i| format!("c/{i} All")).collect();
        assert_eq!(asked(&requests), all);
        assert!(!remote.get("c/4", &[], &mut bytes).unwrap());
        assert!(remote.fetched().coming.is_empty());
    }

    #[test]
    fn a_small_shard_is_one_request() {
        let bytes: Vec<u8> = (0..100).collect();
        let (remote, requests) = open(&held(&[("zarr.json", b"{}"), ("c/0", &bytes)]));
        asked(&requests);
        let (mut index, mut chunk) = ([0; 20], [0; 30]);
        assert!(remote.get_end("c/0", &mut index).unwrap());
        assert!(remote.get_at("c/0", 10, 0, &mut chunk).unwrap());
        assert_eq!((index[0], chunk[0], chunk[29]), (80, 10, 39));
        assert!(!remote.get_end("c/1", &mut index).unwrap());
        let beyond = remote.get_end("c/0", &mut [0; 101]);
        assert_eq!(beyond.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        let requests = asked(&requests);
        assert_eq!(requests[0], format!("c/0 Last({END})"));
        assert_eq!(requests.len(), 3);
    }

    #[test]
    fn chunks_of_a_large_shard_are_of_the_version_of_its_index() {
        let bytes = vec![1; END as usize + 100];
        let (remote, requests) = open(&held(&[("zarr.json", b"{}"), ("c/0", &bytes)]));
        let mut chunk = [0; 30];
        assert!(remote.get_end("c/0", &mut [0; 20]).unwrap());
        asked(&requests);
        assert!(remote.get_at("c/0", 200, 0, &mut chunk).unwrap());
        assert!(asked(&requests).is_empty());
        assert!(remote.get_at("c/0", 90, 0, &mut chunk).unwrap());
        assert!(remote.get_at("c/0", 100, 0, &mut chunk[..9]).unwrap());
        assert_eq!(asked(&requests), ["c/0 Part(90..120) as of 1"]);
        assert_eq!(chunk, [1; 30]);
    }

    #[test]
    fn an_index_that_is_fetched_again_is_of_the_same_version() {
        let bytes = vec![1; END as usize + 100];
        let held = held(&[("zarr.json", b"{}"), ("c/0", &bytes)]);
        let (remote, requests) = open(&held);
        assert!(remote.get_end("c/0", &mut [0; 20]).unwrap());
        held.replaced.store(true, Relaxed);
        let error = remote.get_end("c/0", &mut [0; 20]).unwrap_err();
        assert!(error.to_string().contains("has changed"), "{error}");
        let asked = asked(&requests);
        assert!(asked.last().unwrap().ends_with("as of 1"), "{asked:?}");
    }

    #[test]
    fn neighbors_are_fetched_together_and_by_one() {
        let bytes: Vec<u8> = (0..END as usize + 400).map(|i| i as u8).collect();
        let (remote, requests) = open(&held(&[("zarr.json", b"{}"), ("c/0", &bytes)]));
        assert!(remote.get_end("c/0", &mut [0; 20]).unwrap());
        asked(&requests);
        std::thread::scope(|scope| {
            for start in (0..300).step_by(30) {
                let (remote, bytes) = (&remote, &bytes);
                scope.spawn(move || {
                    let mut chunk = [0; 30];
                    assert!(remote.get_at("c/0", start, 300, &mut chunk).unwrap());
                    let start = start as usize;
                    assert_eq!(chunk, bytes[start..start + 30]);
                });
            }
        });
        // Whoever came first has asked for all that follows; who comes before it, for what lies between.
        let all = requests;
        let requests = asked(&all);
        assert!(requests.len() <= 10, "{requests:?}");
        assert!(remote.fetched().coming.is_empty());
        assert!(remote.get_at("c/0", 310, 400, &mut [0; 30]).unwrap());
        assert!(remote.get_at("c/0", 350, 400, &mut [0; 50]).unwrap());
        assert_eq!(asked(&all), ["c/0 Part(310..400) as of 1"]);
    }
}
