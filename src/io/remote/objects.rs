//! Objects by the crate `object_store`: the only place with asynchronous tasks.
//!
//! One thread has the runtime and all connections; threads of a pass hand it their requests, wait, and look meanwhile
//! whether an end was asked for. Credentials come from the environment (`AWS_*`, `GOOGLE_*`) and from nowhere else: without
//! any, requests are not signed.

use super::{Location, Object, Objects, Wanted, changed};
use crate::data::{FileFault, stop};
use crate::io::declared;
use crate::io::reason::Reason;
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, resolve_bucket_region};
use object_store::client::{HttpError, HttpErrorKind};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{
    BackoffConfig, ClientConfigKey, ClientOptions, Error, GetOptions, GetRange, ObjectStore,
    RetryConfig,
};
use std::env::var_os;
use std::error::Error as StdError;
use std::future::Future;
use std::io::{self, ErrorKind, Result};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinHandle;

#[derive(Debug)]
struct Bucket {
    store: Arc<dyn ObjectStore>,
    /// Before all keys, with a slash at its end if it is not empty.
    folder: String,
}

/// # Errors
/// The environment contradicts itself, or the bucket's region is not to be had.
pub fn connect(location: &Location) -> Result<Box<dyn Objects>> {
    // An error says that it was done before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let asked = location.clone();
    let store = run(async move { open(&asked).await })?;
    let folder = match location {
        Location::S3 { folder, .. } | Location::Google { folder, .. } if !folder.is_empty() => {
            format!("{folder}/")
        }
        _ => String::new(),
    };
    Ok(Box::new(Bucket {
        store: store.map_err(|error| failed("the store", &error))?,
        folder,
    }))
}

async fn open(location: &Location) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(match location {
        Location::S3 { bucket, .. } => Arc::new(s3(bucket).await?.build()?),
        Location::Google { bucket, .. } => Arc::new(google(bucket).build()?),
        Location::Web(url) => {
            let allowed = url.starts_with("http://");
            let client = ClientOptions::new().with_allow_http(allowed);
            let store = HttpBuilder::new()
                .with_url(url)
                .with_retry(retries())
                .with_client_options(client);
            Arc::new(limited(store, None, HttpBuilder::with_config).build()?)
        }
    })
}

async fn s3(bucket: &str) -> object_store::Result<AmazonS3Builder> {
    let store = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retries());
    let mut store = limited(store, Some("AWS"), |store, key, value| {
        store.with_config(AmazonS3ConfigKey::Client(key), value)
    });
    // Otherwise the address that virtual machines have their credentials from would be asked.
    if !is_set(&[
        "AWS_ACCESS_KEY_ID",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_METADATA_ENDPOINT",
    ]) {
        store = store.with_skip_signature(true);
    }
    if !is_set(&[
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
    ]) {
        let region = resolve_bucket_region(bucket, &ClientOptions::new()).await?;
        store = store.with_region(region);
    }
    Ok(store)
}

fn google(bucket: &str) -> GoogleCloudStorageBuilder {
    let store = GoogleCloudStorageBuilder::from_env()
        .with_bucket_name(bucket)
        .with_retry(retries());
    let mut store = limited(store, Some("GOOGLE"), |store, key, value| {
        store.with_config(GoogleConfigKey::Client(key), value)
    });
    if !is_set(&[
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_SERVICE_ACCOUNT",
        "GOOGLE_SERVICE_ACCOUNT_PATH",
        "GOOGLE_SERVICE_ACCOUNT_KEY",
        "GOOGLE_BEARER_TOKEN",
    ]) {
        store = store.with_skip_signature(true);
    }
    store
}

fn is_set(names: &[&str]) -> bool {
    let set = |name: &&str| var_os(name).is_some_and(|value| !value.is_empty());
    names.iter().any(set)
}

/// The user waits: a minute, not the crate's three.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            max_backoff: Duration::from_secs(5),
            ..BackoffConfig::default()
        },
        max_retries: 4,
        retry_timeout: Duration::from_secs(60),
    }
}

/// Limits how long an answer may not go on, but not how long a large chunk takes; variables like `AWS_TIMEOUT`
/// come first, where a store has such a `prefix`.
fn limited<B>(
    mut store: B,
    prefix: Option<&str>,
    set: impl Fn(B, ClientConfigKey, String) -> B,
) -> B {
    let patience = format!("{} s", patience());
    for (name, key, value) in [
        ("READ_TIMEOUT", ClientConfigKey::ReadTimeout, patience),
        ("TIMEOUT", ClientConfigKey::Timeout, "1 day".to_owned()),
    ] {
        if !prefix.is_some_and(|prefix| is_set(&[&format!("{prefix}_{name}")])) {
            store = set(store, key, value);
        }
    }
    store
}

/// Seconds.
fn patience() -> u64 {
    let asked = std::env::var("SCA_REMOTE_TIMEOUT");
    let asked = asked.ok().and_then(|text| text.trim().parse().ok());
    asked.filter(|&seconds| seconds > 0).unwrap_or(30)
}

impl Objects for Bucket {
    fn get(&self, key: &str, wanted: Wanted, version: Option<&str>) -> Result<Option<Object>> {
        let options = GetOptions {
            range: match wanted {
                Wanted::All => None,
                Wanted::Part(range) => Some(GetRange::Bounded(range)),
                Wanted::Last(n) => Some(GetRange::Suffix(n)),
            },
            // Tags that say only that versions are alike match none.
            if_match: version
                .filter(|tag| !tag.starts_with("W/"))
                .map(str::to_owned),
            ..GetOptions::default()
        };
        self.begin(key, options)?.wait()?
    }

    fn get_all(&self, keys: &[String]) -> Vec<Result<Option<Object>>> {
        let begin = |key: &String| self.begin(key, GetOptions::default());
        let begun: Vec<_> = keys.iter().map(begin).collect();
        let wait = |begun: Result<Asked<_>>| begun?.wait()?;
        begun.into_iter().map(wait).collect()
    }

    fn list(&self, folder: &str) -> Result<Vec<String>> {
        let place = self.place(folder)?;
        let store = Arc::clone(&self.store);
        let listed = run(async move { store.list_with_delimiter(Some(&place)).await })?;
        let listed = listed.map_err(|error| -> io::Error {
            let folder = if folder.is_empty() {
                "the store"
            } else {
                folder
            };
            unlisted(folder, &cause_of(&error)).into()
        })?;
        let files = listed.objects.into_iter().map(|object| object.location);
        let all = listed.common_prefixes.into_iter().chain(files);
        Ok(all
            .filter_map(|key| key.filename().map(str::to_owned))
            .collect())
    }
}

impl Bucket {
    fn begin(&self, key: &str, options: GetOptions) -> Result<Asked<Result<Option<Object>>>> {
        let store = Arc::clone(&self.store);
        Asked::begin(fetch(store, self.place(key)?, key.to_owned(), options))
    }

    fn place(&self, key: &str) -> Result<Key> {
        let place = format!("{}{key}", self.folder);
        Key::parse(&place)
            .map_err(|_| io::Error::new(ErrorKind::InvalidData, "no name of an object"))
    }
}

/// Readings of an answer that broke off, beyond the first. The crate goes on where it did, but only where the server has tags.
const AGAIN: usize = 3;

async fn fetch(
    store: Arc<dyn ObjectStore>,
    place: Key,
    key: String,
    options: GetOptions,
) -> Result<Option<Object>> {
    let mut tries = 0;
    loop {
        let got = match store.get_opts(&place, options.clone()).await {
            Err(Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(|error| failed(&key, &error))?,
        };
        let n = got.range.end - got.range.start;
        if n > declared::half() {
            return Err(declared::too_large(n).into());
        }
        let size = got.meta.size;
        let version = got.meta.e_tag.clone();
        match got.bytes().await {
            Ok(bytes) if bytes.len() as u64 == n => {
                let bytes = bytes.into();
                return Ok(Some(Object {
                    bytes,
                    size,
                    version,
                }));
            }
            Err(error) if version.is_some() || tries == AGAIN => return Err(failed(&key, &error)),
            Ok(_) if tries == AGAIN => {
                return Err(unanswered(&key, "the answer is too short").into());
            }
            _ => tries += 1,
        }
    }
}

/// A request that the thread with the runtime was handed.
struct Asked<T> {
    task: JoinHandle<()>,
    answers: Receiver<T>,
}

impl<T: Send + 'static> Asked<T> {
    fn begin(request: impl Future<Output = T> + Send + 'static) -> Result<Self> {
        let (answer, answers) = mpsc::channel();
        let task = runtime()?.spawn(async move {
            // Nobody waits any more.
            let _ = answer.send(request.await);
        });
        Ok(Asked { task, answers })
    }

    /// Waits for the answer, or until an end is asked for.
    fn wait(self) -> Result<T> {
        loop {
            match self.answers.recv_timeout(Duration::from_millis(50)) {
                Ok(answer) => return Ok(answer),
                Err(RecvTimeoutError::Timeout) if stop::is_asked() => {
                    self.task.abort();
                    return Err(Reason::stopped().into());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(unanswered("the store", "the connection has ended").into());
                }
            }
        }
    }
}

fn run<T: Send + 'static>(request: impl Future<Output = T> + Send + 'static) -> Result<T> {
    Asked::begin(request)?.wait()
}

/// Started by the first request, and there until the process ends.
fn runtime() -> Result<Handle> {
    static RUNTIME: Mutex<Option<Handle>> = Mutex::new(None);
    let mut started = RUNTIME.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*started {
        return Ok(handle.clone());
    }
    let runtime = Builder::new_current_thread()
        .enable_io()
        .enable_time()
        .build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("object stores".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    *started = Some(handle.clone());
    Ok(handle)
}

fn failed(key: &str, error: &Error) -> io::Error {
    let cause = cause_of(error);
    match error {
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            io::Error::new(ErrorKind::PermissionDenied, refused(key, &cause))
        }
        Error::Precondition { .. } => changed(key).into(),
        Error::NotSupported { .. } => whole_only(key).into(),
        _ if cause.contains("non-partial") => whole_only(key).into(),
        _ => unanswered(key, &cause).into(),
    }
}

/// What was not to be had, and what to do about it.
fn trouble(words: String, remedy: impl Into<String>) -> Reason {
    let reason = Reason::alone(words).of(FileFault::Remote);
    reason.remedy(remedy)
}

fn unanswered(key: &str, cause: &str) -> Reason {
    let words = format!("{key} could not be fetched ({cause})");
    trouble(words, "check the connection, then run the statement again")
}

fn refused(key: &str, cause: &str) -> Reason {
    let remedy = "check the URL, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for s3://, or \
                  GOOGLE_APPLICATION_CREDENTIALS for gs://";
    trouble(format!("{key} may not be read ({cause})"), remedy)
}

fn whole_only(key: &str) -> Reason {
    let remedy =
        "download the store and read the folder: the server does not answer requests with Range";
    trouble(format!("{key} cannot be read in parts"), remedy)
}

fn unlisted(folder: &str, cause: &str) -> Reason {
    let remedy = "in Python: zarr.consolidate_metadata(\"x.zarr\"), and upload the store again; or download it and \
                  read the folder";
    trouble(format!("{folder} cannot be listed ({cause})"), remedy)
}

/// What the user can use of an error: the status of the answer, or what the innermost cause says.
fn cause_of(error: &(dyn StdError + 'static)) -> String {
    const STATUS: &str = "Server returned non-2xx status code: ";
    let mut innermost = String::new();
    let mut next = Some(error);
    while let Some(cause) = next {
        let http = cause.downcast_ref::<HttpError>().map(HttpError::kind);
        if http == Some(HttpErrorKind::Timeout) {
            return format!("no answer within {} s", patience());
        }
        innermost = cause.to_string();
        if let Some(status) = innermost.strip_prefix(STATUS) {
            return status
                .split(": ")
                .next()
                .unwrap_or(status)
                .trim_end_matches(':')
                .to_owned();
        }
        next = cause.source();
    }
    innermost.lines().next().unwrap_or_default().to_owned()
}
