//! A server of the files of a folder, on this machine, that counts what it is asked for: plain HTTP with ranges and tags,
//! and the two requests of S3 that reading takes. What it answers can be spoiled.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Below the server's root, without a slash at its start.
    pub path: String,
    pub query: String,
    /// As it was asked for, such as `bytes=0-99`.
    pub range: Option<String>,
    pub if_match: Option<String>,
    pub is_signed: bool,
}

/// What becomes of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Right,
    Status(u16),
    /// Half of what was announced.
    CutOff,
    /// Nothing, for ten seconds.
    Hangs,
    /// All of it, whatever part was asked for.
    Whole,
    /// As if the file had been written again.
    OtherVersion,
}

type Spoil = Box<dyn Fn(&Request, usize) -> Answer + Send + Sync>;

struct Shared {
    root: PathBuf,
    requests: Mutex<Vec<Request>>,
    /// By the request and how many of its path came before.
    spoil: Mutex<Spoil>,
    has_tags: AtomicBool,
}

pub struct Server {
    pub address: String,
    shared: Arc<Shared>,
}

impl Server {
    pub fn new(root: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let shared = Arc::new(Shared {
            root: root.to_owned(),
            requests: Mutex::default(),
            spoil: Mutex::new(Box::new(|_, _| Answer::Right)),
            has_tags: AtomicBool::new(true),
        });
        let serving = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&serving);
                std::thread::spawn(move || serve(stream, &shared));
            }
        });
        Server { address, shared }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }

    pub fn spoiled(&self, spoil: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) {
        *self.shared.spoil.lock().unwrap() = Box::new(spoil);
    }

    pub fn without_tags(&self) {
        self.shared.has_tags.store(false, Ordering::Relaxed);
    }

    /// Everything since the last call.
    pub fn requests(&self) -> Vec<Request> {
        std::mem::take(&mut *self.shared.requests.lock().unwrap())
    }
}

fn serve(stream: TcpStream, shared: &Shared) {
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut to = stream;
    while let Some(request) = next_request(&mut lines) {
        let before = {
            let mut requests = shared.requests.lock().unwrap();
            let before = requests.iter().filter(|it| it.path == request.path);
            let before = before.count();
            requests.push(request.clone());
            before
        };
        let answer = (shared.spoil.lock().unwrap())(&request, before);
        if !answered(&mut to, shared, &request, answer) {
            return;
        }
    }
}

fn next_request(lines: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    lines.read_line(&mut line).ok().filter(|&n| n > 0)?;
    let mut words = line.split_whitespace();
    let method = words.next()?.to_owned();
    let (path, query) = words
        .next()?
        .split_once('?')
        .unwrap_or((line.split_whitespace().nth(1)?, ""));
    let mut request = Request {
        method,
        path: decoded(path.trim_start_matches('/')),
        query: query.to_owned(),
        range: None,
        if_match: None,
        is_signed: false,
    };
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok().filter(|&n| n > 0)?;
        let line = line.trim();
        if line.is_empty() {
            return Some(request);
        }
        let (name, value) = line.split_once(':')?;
        let value = value.trim().to_owned();
        match name.to_lowercase().as_str() {
            "range" => request.range = Some(value),
            "if-match" => request.if_match = Some(value),
            "authorization" => request.is_signed = true,
            _ => {}
        }
    }
}

fn decoded(path: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let code = (first == b'%').then(|| after.get(..2)).flatten();
        let code =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &after[2..] } else { rest };
    }
    String::from_utf8(bytes).unwrap()
}

/// Whether the connection goes on.
fn answered(to: &mut TcpStream, shared: &Shared, request: &Request, answer: Answer) -> bool {
    let refused = |status: u16| format!("HTTP/1.1 {status} Wrong\r\nContent-Length: 0\r\n\r\n");
    match answer {
        Answer::Status(status) => return to.write_all(refused(status).as_bytes()).is_ok(),
        Answer::Hangs => {
            std::thread::sleep(Duration::from_secs(10));
            return false;
        }
        _ => {}
    }
    if request.method != "GET" {
        return to.write_all(refused(405).as_bytes()).is_ok();
    }
    if request.query.contains("list-type=2") {
        let body = listed(&shared.root.join(&request.path), &request.query);
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        return to.write_all((head + &body).as_bytes()).is_ok();
    }
    let Ok(bytes) = fs::read(shared.root.join(&request.path)) else {
        return to.write_all(refused(404).as_bytes()).is_ok();
    };
    let version = if answer == Answer::OtherVersion {
        "second"
    } else {
        "first"
    };
    let tag = format!("\"{version}-{}\"", bytes.len());
    if request
        .if_match
        .as_ref()
        .is_some_and(|wanted| *wanted != tag)
    {
        return to.write_all(refused(412).as_bytes()).is_ok();
    }
    let part = request.range.as_deref().filter(|_| answer != Answer::Whole);
    let (status, range) = match part {
        Some(range) => ("206 Partial Content", part_of(range, bytes.len())),
        None => ("200 OK", 0..bytes.len()),
    };
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", range.len());
    if part.is_some() {
        head += &format!(
            "Content-Range: bytes {}-{}/{}\r\n",
            range.start,
            range.end - 1,
            bytes.len()
        );
    }
    if shared.has_tags.load(Ordering::Relaxed) {
        head += &format!("ETag: {tag}\r\n");
    }
    head += "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n\r\n";
    let body = &bytes[range];
    let cut = answer == Answer::CutOff;
    let body = if cut { &body[..body.len() / 2] } else { body };
    to.write_all(head.as_bytes())
        .and_then(|()| to.write_all(body))
        .is_ok()
        && !cut
}

fn part_of(range: &str, length: usize) -> std::ops::Range<usize> {
    let (from, to) = range.trim_start_matches("bytes=").split_once('-').unwrap();
    match (from.parse::<usize>(), to.parse::<usize>()) {
        (Ok(from), Ok(to)) => from..(to + 1).min(length),
        (Ok(from), Err(_)) => from..length,
        _ => length.saturating_sub(to.parse().unwrap())..length,
    }
}

/// What S3 says of a folder of a bucket.
fn listed(bucket: &Path, query: &str) -> String {
    let parameters: BTreeMap<&str, String> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name, decoded(value)))
        .collect();
    let prefix = parameters.get("prefix").cloned().unwrap_or_default();
    let mut body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult>".to_owned();
    for entry in fs::read_dir(bucket.join(&prefix))
        .into_iter()
        .flatten()
        .flatten()
    {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        body += &if entry.path().is_dir() {
            format!("<CommonPrefixes><Prefix>{name}/</Prefix></CommonPrefixes>")
        } else {
            format!(
                "<Contents><Key>{name}</Key><LastModified>2024-01-01T00:00:00.000Z</LastModified>\
             <ETag>\"a\"</ETag><Size>1</Size></Contents>"
            )
        };
    }
    body + "<IsTruncated>false</IsTruncated></ListBucketResult>"
}
