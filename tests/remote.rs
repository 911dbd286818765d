//! Stores elsewhere: what is asked for, how often, and what is said when the answer is wrong. The server is on this
//! machine and part of the test.

#[path = "remote/server.rs"]
mod server;

use server::{Answer, Request, Server};
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Stores of both versions, made once.
fn stores() -> &'static Path {
    static MADE: OnceLock<PathBuf> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("sca-remote-{}", std::process::id()));
        fs::create_dir_all(folder.join("bucket/data")).unwrap();
        let made = sca(
            &folder.join("bucket/data"),
            &[],
            "a = demo pbmc cells=3000 genes=1500; qc a; a.layers.counts = a.X; write a \"v3.zarr\"; \
             write a \"v2.zarr\" zarr_format=2",
        );
        assert!(made.status.success(), "{}", said(&made));
        folder
    })
}

fn command(folder: &Path, environment: &[(&str, &str)], script: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sca"));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if ["AWS_", "GOOGLE_", "HTTP", "http", "ALL_PROXY"]
            .iter()
            .any(|it| name.starts_with(it))
        {
            command.env_remove(&name);
        }
    }
    command
        .args(["-c", script])
        .current_dir(folder)
        .env("HOME", folder)
        .env("SCA_REMOTE_TIMEOUT", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn sca(folder: &Path, environment: &[(&str, &str)], script: &str) -> Output {
    command(folder, environment, script).output().unwrap()
}

fn said(run: &Output) -> String {
    String::from_utf8_lossy(&run.stdout).into_owned() + &String::from_utf8_lossy(&run.stderr)
}

/// A folder of its own for what a test writes, and a server of all stores.
fn begin(name: &str) -> (PathBuf, Server) {
    let folder = stores().join(name);
    fs::create_dir_all(&folder).unwrap();
    (folder, Server::new(stores()))
}

/// Fails with all of these words.
fn fails(run: &Output, words: &[&str]) {
    // Headlines are broken where the terminal ends.
    let said = said(run).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(run.status.code(), Some(1), "{said}");
    for word in words {
        assert!(said.contains(word), "no {word:?} in\n{said}");
    }
}

const ANALYSIS: &str = "qc a; normalize a; log1p a; hvg a n=200; pca a n=10; neighbors a k=10; leiden a; \
                        export a.obs \"obs.csv\"; export a.var \"var.csv\"";

/// The tables that the analysis of a path writes, with one or more threads and little memory.
fn tables(folder: &Path, environment: &[(&str, &str)], path: &str) -> [String; 2] {
    let run = sca(
        folder,
        environment,
        &format!("a = read {path:?}; {ANALYSIS}"),
    );
    assert!(run.status.success(), "{}", said(&run));
    ["obs.csv", "var.csv"].map(|name| fs::read_to_string(folder.join(name)).unwrap())
}

/// Whether a request is for a chunk or a shard.
fn is_data(request: &Request) -> bool {
    let name = request.path.rsplit('/').next().unwrap_or_default();
    !matches!(
        name,
        "zarr.json" | ".zmetadata" | ".zarray" | ".zattrs" | ".zgroup"
    )
}

/// Chunks of all arrays of a store, from its metadata.
fn chunks(store: &Path) -> usize {
    let mut n = 0;
    let mut folders = vec![store.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().flatten() {
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
        let (file, shape, chunk) = if folder.join("zarr.json").exists() {
            (
                "zarr.json",
                "/shape",
                "/chunk_grid/configuration/chunk_shape",
            )
        } else {
            (".zarray", "/shape", "/chunks")
        };
        let Ok(text) = fs::read_to_string(folder.join(file)) else {
            continue;
        };
        let metadata: serde_json::Value = serde_json::from_str(&text).unwrap();
        let lengths = |at: &str| -> Option<Vec<u64>> {
            let list = metadata.pointer(at)?.as_array()?;
            Some(list.iter().filter_map(serde_json::Value::as_u64).collect())
        };
        let inner = "/codecs/0/configuration/chunk_shape";
        let Some(chunk) = lengths(inner).or_else(|| lengths(chunk)) else {
            continue;
        };
        let along = lengths(shape).unwrap();
        n += along
            .iter()
            .zip(&chunk)
            .map(|(n, m)| n.div_ceil(*m) as usize)
            .product::<usize>();
    }
    n
}

#[test]
fn results_are_those_of_the_folder() {
    let (folder, server) = begin("same");
    for store in ["v3.zarr", "v2.zarr"] {
        let here = stores().join("bucket/data").join(store);
        let here = tables(&folder, &[], here.to_str().unwrap());
        let url = server.url(&format!("bucket/data/{store}"));
        assert_eq!(tables(&folder, &[("RAYON_NUM_THREADS", "1")], &url), here);
        assert_eq!(tables(&folder, &[("RAYON_NUM_THREADS", "5")], &url), here);
    }
}

#[test]
fn opening_reads_no_matrix_and_lists_nothing() {
    let (folder, server) = begin("opening");
    for store in ["v3.zarr", "v2.zarr"] {
        let url = server.url(&format!("bucket/data/{store}"));
        let run = sca(&folder, &[], &format!("a = read {url:?}; show a.obs"));
        assert!(run.status.success(), "{}", said(&run));
        let requests = server.requests();
        assert!(requests.iter().all(|it| it.method == "GET"), "{requests:?}");
        let metadata = requests.iter().filter(|it| !is_data(it)).count();
        // Two at most, when the script is checked and when it runs.
        assert!(metadata <= 4, "{requests:#?}");
        // What X holds is seen in its first chunk.
        for array in ["X/data", "layers/counts/data"] {
            let whole = requests.iter().filter(|it| it.path.contains(array)).count();
            assert!(whole <= 4, "{requests:#?}");
        }
        eprintln!("opening {store}: {} requests", requests.len());
    }
}

#[test]
fn a_chunk_is_fetched_once() {
    let (folder, server) = begin("once");
    for store in ["v3.zarr", "v2.zarr"] {
        let url = server.url(&format!("bucket/data/{store}"));
        // A script is checked and then run, which opens the store twice.
        let run = sca(&folder, &[], &format!("a = read {url:?}"));
        assert!(run.status.success(), "{}", said(&run));
        let opening = server.requests().len() / 2;
        let run = sca(
            &folder,
            &[],
            &format!("a = read {url:?}; write a \"copy.h5ad\""),
        );
        assert!(run.status.success(), "{}", said(&run));
        let requests = server.requests();
        let chunks = chunks(&stores().join("bucket/data").join(store));
        eprintln!(
            "all of {store}: {} requests for {chunks} chunks, {opening} of them to open it",
            requests.len() - opening
        );
        assert!(
            (requests.len() - opening) * 10 <= chunks * 11,
            "{requests:#?}"
        );
    }
}

#[test]
fn a_bucket_of_s3() {
    let (folder, server) = begin("s3");
    let here = stores().join("bucket/data/v3.zarr");
    let here = tables(&folder, &[], here.to_str().unwrap());
    let endpoint = server.url("");
    let environment = [
        ("AWS_ENDPOINT_URL", endpoint.trim_end_matches('/')),
        ("AWS_ALLOW_HTTP", "true"),
    ];
    assert_eq!(
        tables(&folder, &environment, "s3://bucket/data/v3.zarr"),
        here
    );
    assert!(
        server
            .requests()
            .iter()
            .all(|it| !it.is_signed && it.query.is_empty())
    );
    let mut signed = environment.to_vec();
    signed.extend([
        ("AWS_ACCESS_KEY_ID", "me"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
    ]);
    assert_eq!(tables(&folder, &signed, "s3://bucket/data/v3.zarr"), here);
    assert!(server.requests().iter().all(|it| it.is_signed));
}

#[test]
fn a_bucket_of_google() {
    let (folder, server) = begin("gs");
    let here = stores().join("bucket/data/v2.zarr");
    let here = tables(&folder, &[], here.to_str().unwrap());
    let endpoint = server.url("");
    let environment = [
        ("GOOGLE_BASE_URL", endpoint.trim_end_matches('/')),
        ("GOOGLE_ALLOW_HTTP", "true"),
    ];
    assert_eq!(
        tables(&folder, &environment, "gs://bucket/data/v2.zarr"),
        here
    );
    assert!(server.requests().iter().all(|it| !it.is_signed));
}

/// Has a command made of files in a folder, with what it says as an error.
fn run_in(folder: &Path, program: &str, words: &str) {
    let made = Command::new(program)
        .args(words.split(' '))
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{program} {words}\n{}", said(&made));
}

/// A process that ends with its test.
struct Ends(Child);

impl Drop for Ends {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_web_server_with_a_certificate() {
    if ["openssl", "python3"].iter().any(|program| {
        let version = Command::new(program).arg("--version").output();
        !version.is_ok_and(|run| run.status.success())
    }) {
        eprintln!("https is not tested: needs openssl and python3");
        return;
    }
    let (folder, server) = begin("https");
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1").unwrap();
    for words in [
        &format!("req -x509 {key} -keyout ca.key -out ca.pem -subj /CN=authority -days 2"),
        &format!("req {key} -keyout server.key -out server.csr -subj /CN=server"),
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -days 2 -extfile names",
    ] {
        run_in(&folder, "openssl", words);
    }
    let (_, port) = server.address.rsplit_once(':').unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/remote/tls.py");
    let tls = Command::new("python3")
        .args([script, "server.pem", "server.key", port])
        .current_dir(&folder)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut tls = Ends(tls);
    let mut port = String::new();
    let mut output = BufReader::new(tls.0.stdout.take().unwrap());
    output.read_line(&mut port).unwrap();
    let authority = folder.join("ca.pem");
    for store in ["v3.zarr", "v2.zarr"] {
        let here = stores().join("bucket/data").join(store);
        let here = tables(&folder, &[], here.to_str().unwrap());
        let url = format!("https://127.0.0.1:{}/bucket/data/{store}", port.trim());
        let trusted = [("SSL_CERT_FILE", authority.to_str().unwrap())];
        assert_eq!(tables(&folder, &trusted, &url), here);
        let read = format!("a = read {url:?}");
        fails(
            &sca(&folder, &[], &read),
            &[&url, "could not be fetched", "certificate"],
        );
    }
}

/// The same store without the metadata of all at its root.
fn scattered(name: &str, store: &str) -> PathBuf {
    let copy = stores().join("bucket").join(name);
    let from = stores().join("bucket/data").join(store);
    assert!(
        Command::new("cp")
            .arg("-r")
            .arg(&from)
            .arg(&copy)
            .status()
            .unwrap()
            .success()
    );
    let _ = fs::remove_file(copy.join(".zmetadata"));
    if let Ok(text) = fs::read_to_string(copy.join("zarr.json")) {
        let mut root: serde_json::Value = serde_json::from_str(&text).unwrap();
        root.as_object_mut()
            .unwrap()
            .remove("consolidated_metadata");
        fs::write(copy.join("zarr.json"), root.to_string()).unwrap();
    }
    copy
}

#[test]
fn without_consolidated_metadata_folders_are_listed() {
    let (folder, server) = begin("scattered");
    for store in ["v3.zarr", "v2.zarr"] {
        let name = format!("scattered-{store}");
        let here = tables(&folder, &[], scattered(&name, store).to_str().unwrap());
        let endpoint = server.url("");
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.trim_end_matches('/')),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        assert_eq!(
            tables(&folder, &environment, &format!("s3://bucket/{name}")),
            here
        );
        let requests = server.requests();
        let asked: BTreeSet<(&str, &str)> = (requests.iter().filter(|it| !is_data(it)))
            .map(|it| (it.path.as_str(), it.query.as_str()))
            .collect();
        let n = requests.iter().filter(|it| !is_data(it)).count();
        // When the script is checked, and when it runs.
        assert_eq!(2 * asked.len(), n, "metadata are asked for once");
        // A web server has no lists.
        let run = sca(
            &folder,
            &[],
            &format!("a = read {:?}", server.url(&format!("bucket/{name}"))),
        );
        fails(
            &run,
            &[
                "cannot be listed",
                "consolidate_metadata",
                "http://127.0.0.1",
            ],
        );
        server.requests();
    }
}

#[test]
fn a_server_that_fails_now_and_then_changes_nothing() {
    let (folder, server) = begin("now_and_then");
    for store in ["v3.zarr", "v2.zarr"] {
        let here = stores().join("bucket/data").join(store);
        let here = tables(&folder, &[], here.to_str().unwrap());
        let url = server.url(&format!("bucket/data/{store}"));
        for answer in [Answer::Status(500), Answer::Status(503), Answer::CutOff] {
            server.requests();
            server.spoiled(move |_, before| if before == 0 { answer } else { Answer::Right });
            assert_eq!(tables(&folder, &[], &url), here, "{answer:?}");
        }
    }
    server.without_tags();
    let here = stores().join("bucket/data/v3.zarr");
    let here = tables(&folder, &[], here.to_str().unwrap());
    server.requests();
    assert_eq!(
        tables(&folder, &[], &server.url("bucket/data/v3.zarr")),
        here
    );
}

#[test]
fn a_server_that_fails_is_named_with_what_to_do() {
    let (folder, server) = begin("fails");
    let url = server.url("bucket/data/v3.zarr");
    let read = format!("a = read {url:?}; qc a; compute a");
    let of_x = |answer: Answer| {
        move |request: &Request, _: usize| {
            if request.path.contains("/X/indices/c") {
                answer
            } else {
                Answer::Right
            }
        }
    };
    server.spoiled(of_x(Answer::Status(500)));
    let wrong = [
        &url,
        "X/indices/c/0 could not be fetched (500",
        "check the connection",
    ];
    fails(&sca(&folder, &[], &read), &wrong);
    server.spoiled(of_x(Answer::CutOff));
    fails(
        &sca(&folder, &[], &read),
        &[&url, "X/indices/c/0 could not be fetched"],
    );
    server.spoiled(of_x(Answer::Hangs));
    fails(&sca(&folder, &[], &read), &[&url, "no answer within 1 s"]);
    server.spoiled(of_x(Answer::Status(403)));
    fails(
        &sca(&folder, &[], &read),
        &[&url, "may not be read", "AWS_ACCESS_KEY_ID"],
    );
    server.spoiled(of_x(Answer::Whole));
    fails(
        &sca(&folder, &[], &read),
        &[&url, "cannot be read in parts", "download"],
    );
    server.spoiled(|_, _| Answer::Right);
    let none = format!("a = read {:?}", server.url("bucket/none.zarr"));
    fails(
        &sca(&folder, &[], &none),
        &["bucket/none.zarr", "no metadata", "check the URL"],
    );
    let nobody = "a = read \"http://127.0.0.1:1/x.zarr\"";
    fails(
        &sca(&folder, &[], nobody),
        &["127.0.0.1:1", "could not be fetched"],
    );
}

#[test]
fn a_column_that_does_not_arrive_is_not_left_out() {
    let (folder, server) = begin("column");
    server.spoiled(|request, _| {
        if request.path.contains("/obs/cell_type") && is_data(request) {
            Answer::Status(500)
        } else {
            Answer::Right
        }
    });
    let url = server.url("bucket/data/v2.zarr");
    let run = sca(
        &folder,
        &[],
        &format!("a = read {url:?}; show a.obs.cell_type"),
    );
    fails(&run, &["obs/cell_type", "could not be fetched"]);
}

#[test]
fn a_store_that_is_replaced_meanwhile_is_noticed() {
    let (folder, server) = begin("replaced");
    let url = server.url("bucket/data/v3.zarr");
    // The index of the shard is of the first version, what follows of the second.
    server.spoiled(|request, before| {
        if request.path.contains("/X/indices/c") && before > 0 {
            Answer::OtherVersion
        } else {
            Answer::Right
        }
    });
    let run = sca(&folder, &[], &format!("a = read {url:?}; qc a; compute a"));
    fails(
        &run,
        &[
            &url,
            "has changed since the store was opened",
            "read it again",
        ],
    );
}

#[test]
fn ctrl_c_does_not_wait_for_an_answer() {
    let (folder, server) = begin("stopped");
    server.spoiled(|request, _| {
        if is_data(request) {
            Answer::Hangs
        } else {
            Answer::Right
        }
    });
    let url = server.url("bucket/data/v3.zarr");
    let child = command(
        &folder,
        &[("SCA_REMOTE_TIMEOUT", "60")],
        &format!("a = read {url:?}"),
    );
    let mut child = { child }.spawn().unwrap();
    while !server.requests().iter().any(is_data) {
        assert!(child.try_wait().unwrap().is_none(), "it has ended");
        std::thread::sleep(Duration::from_millis(20));
    }
    let began = Instant::now();
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    let run = child.wait_with_output().unwrap();
    assert_eq!(run.status.code(), Some(130), "{}", said(&run));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_url_is_the_path_in_history_and_script() {
    let (folder, server) = begin("history");
    let url = server.url("bucket/data/v3.zarr");
    let run = sca(
        &folder,
        &[],
        &format!("a = read {url:?}; filter a min_genes=10; history a; script; methods a"),
    );
    assert!(run.status.success(), "{}", said(&run));
    assert!(said(&run).matches(&url).count() >= 2, "{}", said(&run));
    fs::write(folder.join("x.sca"), format!("a = read {url:?}\nqc a\n")).unwrap();
    let mut check = command(&folder, &[], "");
    let json = Command::new(check.get_program())
        .args(["check", "--json", "x.sca"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let _ = &mut check;
    assert!(said(&json).contains(&url), "{}", said(&json));
}
