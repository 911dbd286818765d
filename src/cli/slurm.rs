//! `sca cluster slurm`: prints a batch script in which one allocation holds the scheduler, a worker on each
//! node, and sca. Nothing waits in a queue while it runs, and nothing is left when it ends.

use std::fmt::Write;
use std::path::Path;

const USAGE: &str = "\
usage: sca cluster slurm FILE.sca [options] [-- options of the script]
  --nodes N           nodes, with a worker on each (2)
  --time TIME         limit, as Slurm takes it: 2:00:00, 1-12 (4:00:00)
  --cpus N            cores of each node (all of the node: --exclusive)
  --mem SIZE          memory of each node: 64G (with --cpus; all of the node without)
  --partition NAME    partition
  --account NAME      account
  --interface NAME    network interface of the nodes, such as ib0
  --python PATH       Python with the package distributed (python3)
  --setup TEXT        line that makes it available: \"module load python\"
  --sca PATH          sca on the nodes (as it is called here)
";

/// What is asked for.
struct Job<'a> {
    script: &'a str,
    nodes: usize,
    time: &'a str,
    cpus: Option<usize>,
    mem: Option<&'a str>,
    partition: Option<&'a str>,
    account: Option<&'a str>,
    interface: Option<&'a str>,
    python: &'a str,
    setup: Option<&'a str>,
    sca: Option<&'a str>,
    /// Parameters of the script.
    rest: &'a [String],
}

/// The batch script for the arguments after `sca cluster`.
///
/// # Errors
/// In words, with the usage; the script is missing.
pub fn printed(arguments: &[String]) -> Result<String, String> {
    let wrong = |what: &str| format!("{what}\n\n{USAGE}");
    let Some((first, arguments)) = arguments.split_first() else {
        return Err(wrong("cluster needs what to print: slurm"));
    };
    match first.as_str() {
        "slurm" if arguments.iter().any(|it| it == "--help") => Ok(USAGE.to_owned()),
        "slurm" => {
            let job = read(arguments).map_err(|what| wrong(&what))?;
            if !Path::new(job.script).is_file() {
                return Err(format!("there is no file {}", job.script));
            }
            Ok(batch(&job, &program()))
        }
        "--help" | "-h" => Ok(USAGE.to_owned()),
        other => Err(wrong(&format!("`{other}` is not a kind of cluster: slurm"))),
    }
}

/// This program as nodes find it: by its path, unless the shell has found it by its name.
fn program() -> String {
    let called = std::env::args_os().next().unwrap_or_default();
    let by_path = Path::new(&called).components().count() > 1;
    let path = std::env::current_exe().ok().filter(|_| by_path);
    path.map_or("sca".to_owned(), |path| path.to_string_lossy().into_owned())
}

fn read(arguments: &[String]) -> Result<Job<'_>, String> {
    let mut job = Job {
        script: "",
        nodes: 2,
        time: "4:00:00",
        cpus: None,
        mem: None,
        partition: None,
        account: None,
        interface: None,
        python: "python3",
        setup: None,
        sca: None,
        rest: &[],
    };
    let mut at = 0;
    while let Some(argument) = arguments.get(at) {
        at += 1;
        if argument == "--" {
            job.rest = &arguments[at..];
            break;
        }
        let Some(option) = argument.strip_prefix("--") else {
            if !job.script.is_empty() {
                return Err(format!("one script at a time: `{argument}` follows"));
            }
            job.script = argument;
            continue;
        };
        let (name, value) = match option.split_once('=') {
            Some(pair) => pair,
            None => {
                let value = arguments.get(at);
                at += 1;
                (
                    option,
                    value
                        .ok_or_else(|| format!("--{option} needs a value"))?
                        .as_str(),
                )
            }
        };
        set(&mut job, name, value)?;
    }
    match job.script {
        "" => Err("slurm needs a script: sca cluster slurm big.sca --nodes 4".to_owned()),
        _ => Ok(job),
    }
}

fn set<'a>(job: &mut Job<'a>, name: &str, value: &'a str) -> Result<(), String> {
    let whole = || match value.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err(format!("--{name} {value}: a whole number above 0")),
    };
    // These are in comments that Slurm reads, to the end of the line.
    if matches!(name, "time" | "mem" | "partition" | "account")
        && !value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_.:,+".contains(c))
    {
        return Err(format!("--{name} {value}: letters, digits and -_.:,+"));
    }
    match name {
        "nodes" => job.nodes = whole()?,
        "cpus" => job.cpus = Some(whole()?),
        "time" => job.time = value,
        "mem" => job.mem = Some(value),
        "partition" => job.partition = Some(value),
        "account" => job.account = Some(value),
        "interface" => job.interface = Some(value),
        "python" => job.python = value,
        "setup" => job.setup = Some(value),
        "sca" => job.sca = Some(value),
        other => return Err(format!("no option `--{other}`")),
    }
    Ok(())
}

fn batch(job: &Job, program: &str) -> String {
    let name = job.script.rsplit('/').next().unwrap_or(job.script);
    let name = name.strip_suffix(".sca").unwrap_or(name);
    let name: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let mut text = String::from("#!/bin/bash\n");
    let mut sbatch = |option: &str| {
        let _ = writeln!(text, "#SBATCH --{option}");
    };
    sbatch(&format!("job-name=sca-{name}"));
    sbatch(&format!("nodes={}", job.nodes));
    sbatch("ntasks-per-node=1");
    match job.cpus {
        Some(n) => sbatch(&format!("cpus-per-task={n}")),
        None => sbatch("exclusive"),
    }
    match (job.mem, job.cpus) {
        (Some(mem), _) => sbatch(&format!("mem={mem}")),
        (None, None) => sbatch("mem=0"),
        (None, Some(_)) => {}
    }
    sbatch(&format!("time={}", job.time));
    for (option, value) in [("partition", job.partition), ("account", job.account)] {
        if let Some(value) = value {
            sbatch(&format!("{option}={value}"));
        }
    }
    sbatch(&format!("output=sca-{name}-%j.log"));
    text + &commands(job, program)
}

fn commands(job: &Job, program: &str) -> String {
    let setup = job
        .setup
        .map(|line| format!("{line}\n"))
        .unwrap_or_default();
    let interface = job
        .interface
        .map(|name| format!(" --interface {}", quoted(name)))
        .unwrap_or_default();
    let rest: String = job
        .rest
        .iter()
        .map(|word| format!(" {}", quoted(word)))
        .collect();
    let (python, script) = (quoted(job.python), quoted(job.script));
    let sca = quoted(job.sca.unwrap_or(program));
    format!(
        r#"
# One allocation: the scheduler and sca on the first node, a worker on each node.
# Everything ends when sca does.
set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
# Cache files go to disks of the nodes, not to the home folder that all of them share.
disk=${{SLURM_TMPDIR:-${{TMPDIR:-/tmp}}}}
export SCA_CACHE=${{SCA_CACHE:-$disk}}
{setup}run=$(mktemp -d "$SLURM_SUBMIT_DIR/.sca-$SLURM_JOB_ID-XXXX")
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$run"' EXIT

{python} -m distributed.cli.dask_scheduler --scheduler-file "$run/scheduler.json" \
    --port 0 --no-dashboard --no-show{interface} > "$run/scheduler.log" 2>&1 &
scheduler=$!

cores=${{SLURM_CPUS_PER_TASK:-$(nproc)}}
srun --ntasks="$SLURM_JOB_NUM_NODES" --ntasks-per-node=1 --cpus-per-task="$cores" --overlap \
    {python} -m distributed.cli.dask_worker --scheduler-file "$run/scheduler.json" \
    --nthreads 1 --memory-limit 0 --no-dashboard --death-timeout 120 \
    --local-directory "$disk"{interface} > "$run/workers.log" 2>&1 &

for _ in $(seq 120); do
    [ -s "$run/scheduler.json" ] && break
    kill -0 "$scheduler" || break
    sleep 1
done

export SCA_CLUSTER_PYTHON={python}
export SCA_CLUSTER_WORKERS="$SLURM_JOB_NUM_NODES" SCA_CLUSTER_THREADS="$cores"
status=0
{sca} --cluster "$run/scheduler.json" run {script}{rest} || status=$?
[ "$status" = 0 ] || tail -n 20 "$run"/*.log >&2
exit "$status"
"#
    )
}

/// A word of the shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed_for(line: &str) -> Result<String, String> {
        let words: Vec<String> = line.split('|').map(str::to_owned).collect();
        let job = read(&words)?;
        Ok(batch(&job, "sca"))
    }

    #[test]
    fn a_batch_script() {
        let text =
            printed_for("my big.sca|--nodes|8|--time|2:00:00|--partition=fat|--|--input|it's.h5ad")
                .unwrap();
        assert!(text.starts_with(
            "#!/bin/bash\n#SBATCH --job-name=sca-my-big\n#SBATCH --nodes=8\n\
             #SBATCH --ntasks-per-node=1\n#SBATCH --exclusive\n#SBATCH --mem=0\n\
             #SBATCH --time=2:00:00\n#SBATCH --partition=fat\n\
             #SBATCH --output=sca-my-big-%j.log\n"
        ));
        let run =
            r#"sca --cluster "$run/scheduler.json" run 'my big.sca' --input 'it'\''s.h5ad' ||"#;
        assert!(text.contains(run), "{text}");
        let text = printed_for("a.sca|--cpus|16|--mem|64G|--interface|ib0").unwrap();
        assert!(text.contains("#SBATCH --cpus-per-task=16\n#SBATCH --mem=64G\n"));
        assert_eq!(text.matches("--interface ib0").count(), 2);
    }

    #[test]
    fn wrong_usage_is_told() {
        let told = |line: &str| printed_for(line).unwrap_err();
        assert!(told("a.sca|--nodes|none").starts_with("--nodes none: a whole number"));
        assert!(told("a.sca|--nodes").starts_with("--nodes needs a value"));
        assert!(told("a.sca|--time|1\n#").starts_with("--time"));
        let printed = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            printed(&words)
        };
        let told = |words: &[&str]| printed(words).unwrap_err();
        assert!(told(&["slurm"]).starts_with("slurm needs a script"));
        assert_eq!(told(&["slurm", "none.sca"]), "there is no file none.sca");
        assert!(told(&["pbs"]).starts_with("`pbs` is not a kind of cluster"));
        assert!(printed(&["slurm", "--help"]).is_ok() && printed(&["--help"]).is_ok());
    }
}
