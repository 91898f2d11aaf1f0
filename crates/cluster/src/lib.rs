//! A PostgreSQL server for tests: one for each process that asks, with a database for each test.
//!
//! It listens on a socket in a directory of its own, and nowhere else. A shell watches over it: when the process that
//! started it ends, however it ends, the server is stopped and its directory removed. It does not wait for the disk;
//! what must survive a power cut is not tested here.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends where its assumptions do"
)]

use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is needed of PostgreSQL.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "createdb"];

/// Runs the server until its standard input ends. Arguments: the programs' directory, the server's directory.
const WATCH: &str = r#"
set -e
trap '' INT TERM HUP
export PATH="$1:$PATH"
initdb --pgdata="$2/data" --username=tester --auth=trust --encoding=UTF8 --no-sync \
    --locale=C --locale-provider=icu --icu-locale=en-US > "$2/initdb.log" 2>&1
pg_ctl --pgdata="$2/data" --log="$2/server.log" --silent --wait --options="-k $2 -c listen_addresses='' \
    -c fsync=off -c full_page_writes=off -c max_connections=400 -c shared_buffers=64MB" start
echo ready
read -r _ || true
pg_ctl --pgdata="$2/data" --mode=immediate --silent --wait stop || true
rm -rf "$2"
"#;

/// A server that runs.
#[derive(Debug)]
pub struct Cluster {
    programs: PathBuf,
    directory: PathBuf,
    databases: AtomicU32,
    /// Its standard input stays open for as long as this process lives.
    _watcher: Child,
}

impl Cluster {
    /// This process's server, started when it is first asked for. Where PostgreSQL is not installed: none, and that is
    /// said; under CI it is an error.
    ///
    /// # Panics
    /// When the server does not start.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| programs().map(Self::start)).as_ref();
        if shared.is_none() {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed, and CI needs it");
            eprintln!("SKIPPED: PostgreSQL is not installed");
        }
        shared
    }

    /// The address of a new, empty database.
    ///
    /// # Panics
    /// When it cannot be made.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let made = Command::new(self.programs.join("createdb"))
            .args(["--username=tester", "--template=template0", &name])
            .arg("--host")
            .arg(&self.directory)
            .status();
        assert!(made.unwrap().success(), "no database can be made");
        format!("postgres:///{name}?host={}&user=tester", self.directory.display())
    }

    fn start(programs: PathBuf) -> Self {
        let directory = tempfile::Builder::new().prefix("bailiwick-pg-").tempdir().unwrap().keep();
        let mut watch = Command::new("sh");
        watch.args(["-c", WATCH, "watch"]).arg(&programs).arg(&directory);
        // What ends the tests' group of processes must not end the one that cleans up after them.
        watch.process_group(0);
        watch.current_dir(&directory).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some((uid, gid)) = somebody_else() {
            chown(&directory, Some(uid), Some(gid)).unwrap();
            watch.uid(uid).gid(gid);
        }
        let mut watcher = watch.spawn().unwrap();
        let mut said = String::new();
        BufReader::new(watcher.stdout.take().unwrap()).read_line(&mut said).unwrap();
        assert_eq!(
            said.trim(),
            "ready",
            "the server does not start: see the logs in {}",
            directory.display()
        );
        Self { programs, directory, databases: AtomicU32::new(0), _watcher: watcher }
    }
}

/// The directory of PostgreSQL's programs: of the search path, or the newest of Debian's.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut debian: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    debian.sort();
    folders.extend(debian.into_iter().rev());
    let has_all = |folder: &PathBuf| PROGRAMS.into_iter().all(|program| folder.join(program).is_file());
    folders.into_iter().find(has_all)
}

/// The server refuses to run as root: then it runs as its own user, or as nobody.
fn somebody_else() -> Option<(u32, u32)> {
    if Path::new("/proc/self").metadata().ok()?.uid() != 0 {
        return None;
    }
    let users = std::fs::read_to_string("/etc/passwd").expect("there is a list of users");
    let ids = |wanted: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(wanted))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    Some(["postgres", "nobody"].into_iter().find_map(ids).expect("there is a user who is not root"))
}
