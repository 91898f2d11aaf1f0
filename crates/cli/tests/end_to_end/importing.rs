//! `bailiwick import`: files that are not as they should be, and lists that break off half-way.
//!
//! `BAILIWICK_IMPORT` says of how many people the list has that is killed and resumed.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use bailiwick_client::{Client, Settings};
use bailiwick_cluster::Cluster;
use bailiwick_proto::v1;

use crate::process::{BAILIWICK, Served, bailiwick, text};

/// A server with the demonstration worlds, and a folder for lists.
struct Desk {
    served: Served,
    folder: tempfile::TempDir,
}

impl Desk {
    fn open() -> Self {
        Self { served: Served::start(&["--demo"]), folder: tempfile::tempdir().unwrap() }
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let file = self.folder.path().join("people.csv");
        fs::write(&file, bytes).unwrap();
        file
    }

    fn import(&self, bytes: &[u8], options: &[&str]) -> Output {
        let (file, url) = (self.file(bytes), self.served.url());
        let fixed = ["import", file.to_str().unwrap(), "--realm", "dei-teams", "--server", &url];
        bailiwick(&[&fixed[..], options].concat())
    }

    fn report(&self, bytes: &[u8], options: &[&str]) -> Vec<String> {
        let report = self.folder.path().join("report.csv");
        let options = [&["--report", report.to_str().unwrap()], options].concat();
        let output = self.import(bytes, &options);
        assert_ne!(output.status.code(), Some(2), "{}", text(&output.stderr));
        let written = fs::read_to_string(report).unwrap();
        written.lines().skip(1).map(str::to_owned).collect()
    }
}

const LIST: &str = "First Name,Last Name,Email,Level of Access,Partner Type,Location,Region,Team\r\n\
    Ann,Lee,ann.lee@example.org,Career Planner/Case Worker,,,Cook County,\r\n\
    Bo,\"Ray, Jr\",bo.ray@example.org,partner,k-12,District 99,dupage,DuPage - College Bridge\r\n\
    Cy,Fox,cy.fox@example.org,Partner,Post-Secondary,College of DuPage,dupage,\r\n";

#[test]
fn the_list_of_the_document_is_accepted_as_it_stands() {
    let desk = Desk::open();
    let dry = desk.import(LIST.as_bytes(), &["--dry-run"]);
    assert_eq!(dry.status.code(), Some(0), "{}", text(&dry.stderr));
    assert!(text(&dry.stdout).contains("3 rows; would be: 3 created"), "{}", text(&dry.stdout));
    let marked = format!("\u{feff}{LIST}");
    let done = desk.import(marked.as_bytes(), &[]);
    assert!(text(&done.stdout).contains("3 rows; 3 created, 0 added"), "{}", text(&done.stdout));
    let again = desk.import(marked.as_bytes(), &[]);
    assert!(text(&again.stdout).contains("3 created"), "the log has the answer: {}", text(&again.stdout));
    // Without the mark it is another file, whose people are there.
    let other = desk.import(LIST.as_bytes(), &["--output", "json"]);
    let said: serde_json::Value = serde_json::from_slice(&other.stdout).unwrap();
    assert_eq!((&said["unchanged"], &said["created"]), (&3.into(), &0.into()));
    let listed = bailiwick(&["user", "list", "--realm", "dei-teams", "--server", &desk.served.url()]);
    assert!(text(&listed.stdout).contains("Ray, Jr"), "{}", text(&listed.stdout));
}

#[test]
fn what_is_wrong_with_a_file_is_told_by_line_and_nothing_is_sent() {
    let desk = Desk::open();
    let spoilt = |from: &str, to: &str| LIST.replace(from, to).into_bytes();
    let latin = spoilt("Fox", "F@x").into_iter().map(|b| if b == b'@' { 0xf6 } else { b }).collect();
    let wide: Vec<u8> = LIST.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, options, said) in [
        (
            spoilt(",partner,k-12", ",partner"),
            &[][..],
            "people.csv: line 3: 7 fields where there are 8 columns",
        ),
        (
            spoilt(",dupage,\r\n", ",dupage,,x\r\n"),
            &[],
            "people.csv: line 4: 9 fields where there are 8 columns",
        ),
        (spoilt("Last Name", "Nom"), &[], "no column means `last_name`; there are `First Name`, `Nom`"),
        (spoilt("Location", "First Name"), &[], "line 1: columns 1 and 6 are both called `First Name`"),
        (spoilt("Location", "Mail"), &[], "line 1: `Email` and `Mail` both mean `email`"),
        (spoilt("Location", "SSN"), &[], "national identifiers are never stored"),
        (spoilt("Location", "Shoe size"), &["--strict"], "columns that mean nothing here: `Shoe size`"),
        (spoilt("\"Ray, Jr\"", "\"Ray"), &[], "people.csv: line 3: a quote is not closed"),
        // Closed by the quote of the next row, further down.
        (spoilt("Ann,", "\"Ann,"), &[], "people.csv: line 2: text behind a closing quote"),
        (spoilt("District 99", "\"District\n99\""), &[], "line 3: `Location` goes over 2 lines"),
        (spoilt("Location", "\"Loc\u{1b}[1A\""), &[], "line 1: the name of column 6 is longer"),
        (spoilt("Location", "Mail"), &["--map", "zip=mail"], "the realm's scheme has no `zip`"),
        (spoilt(",", ";"), &[], "parted by `;`: say --delimiter"),
        (latin, &[], "is not UTF-8 there: save the file as UTF-8"),
        (wide, &[], "is UTF-16: save it as UTF-8"),
        (LIST.as_bytes().to_vec(), &["--map", "zip=Postcode"], "there is no column `Postcode`"),
    ] {
        let output = desk.import(&bytes, options);
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}: {told}");
        assert!(told.contains(said), "{said}: {told}");
    }
    let url = desk.served.url();
    let listed = bailiwick(&["user", "list", "--realm", "dei-teams", "--server", &url]);
    assert!(!text(&listed.stdout).contains("Fox"), "something was sent");
}

#[test]
fn a_report_that_cannot_be_written_is_told_before_anything_is_sent() {
    let desk = Desk::open();
    let nowhere = desk.folder.path().join("nowhere/report.csv");
    let refused = desk.import(LIST.as_bytes(), &["--report", nowhere.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("report.csv cannot be written"), "{}", text(&refused.stderr));
    let list = desk.folder.path().join("people.csv");
    let refused = desk.import(LIST.as_bytes(), &["--report", list.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("is the list itself"), "{}", text(&refused.stderr));
    assert_eq!(fs::read_to_string(list).unwrap(), LIST);
    let url = desk.served.url();
    let listed = bailiwick(&["user", "list", "--realm", "dei-teams", "--server", &url]);
    assert!(!text(&listed.stdout).contains("Fox"), "something was sent");
}

#[test]
fn a_dry_run_says_what_it_cannot_see() {
    let desk = Desk::open();
    let mut list = String::from("First Name,Last Name,Email,Level,Partner Type,Location,Team\n");
    for n in 0..1_000 {
        let _ = writeln!(list, "First{n},Last{n},p{n}@example.org,partner,Employer,Oak St,dupage-college");
    }
    list.push_str("First0,Last0,P0@example.org,partner,Employer,Oak St,dupage-college\n");
    let lines = desk.report(list.as_bytes(), &["--dry-run"]);
    assert!(lines[1_000].starts_with("1002,CREATED,"), "{}", lines[1_000]);
    assert!(
        lines[1_000].contains("tried without line 2, which is about the same person"),
        "{}",
        lines[1_000]
    );
    let dry = desk.import(list.as_bytes(), &["--dry-run"]);
    let told = text(&dry.stderr);
    assert!(told.contains("each of 2 parts is tried on its own"), "{told}");
    assert!(told.contains("1 row is about a person of an earlier part"), "{told}");
    let done = desk.import(list.as_bytes(), &[]);
    assert!(text(&done.stdout).contains("1001 rows; 1000 created, 0 added, 0 updated, 1 unchanged"));
    assert!(!text(&done.stderr).contains("tried"), "{}", text(&done.stderr));
}

#[test]
fn what_the_list_has_otherwise_is_told_of_who_is_there() {
    let desk = Desk::open();
    desk.import(LIST.as_bytes(), &[]);
    let other = LIST.replace("District 99", "District 98");
    let lines = desk.report(other.as_bytes(), &[]);
    assert!(lines[1].starts_with("3,UNCHANGED,users/") && lines[1].contains(",location,"), "{lines:#?}");
    let again = desk.import(other.as_bytes(), &[]);
    assert_eq!(again.status.code(), Some(0));
    let told = text(&again.stderr);
    assert!(told.contains("1 row is about people of whom the list has something otherwise"), "{told}");
}

#[test]
fn every_row_is_reported_and_spoils_no_other() {
    let desk = Desk::open();
    let list = "First Name,Last Name,Email,Level,Partner Type,Location,Team,Shoe size\n\
        Ann,Lee,ann.lee@example.org,partner,K-12,Oak St,dupage-college,40\n\
        Bo,Ray,no address,partner,K-12,Oak St,dupage-college,40\n\
        Cy,Fox,cy.fox@example.org,baker,K-12,Oak St,dupage-college,40\n\
        Di,Orr,di.orr@example.org,partner,,Oak St,dupage-college,40\n\
        Pat,Olsen,pat@elsewhere.org,partner,K-12,Oak St,dupage-college,40\n\
        Ann,Lee,ann.lee@example.org,partner,K-12,Oak St,dupage-college,40\n\
        Ed,May,ed.may@example.org,partner,K-12,123-45-6789,dupage-college,40\n\
        Flo,Ash,flo.ash@example.org,partner,K-12,Oak St,nowhere,40\n";
    let wanted = [
        "2,CREATED,users/",
        "3,REFUSED,,FIELD_INVALID,email,",
        "4,REFUSED,,FIELD_INVALID,role,",
        "5,REFUSED,,FIELD_REQUIRED,user_type,",
        "6,NEEDS_DECISION,users/pat,NAME_AND_BIRTH_DATE_BUT_EMAIL_DIFFERS,email",
        "7,UNCHANGED,users/",
        "8,REFUSED,,FIELD_INVALID,location,",
        "9,REFUSED,,FIELD_INVALID,unit,",
    ];
    let lines = desk.report(list.as_bytes(), &[]);
    assert_eq!(lines.len(), wanted.len(), "{lines:#?}");
    for (line, wanted) in lines.iter().zip(wanted) {
        assert!(line.starts_with(wanted), "{line}: not {wanted}");
        assert!(!line.contains("example.org") && !line.contains("6789"), "personal: {line}");
    }
    let output = desk.import(list.as_bytes(), &[]);
    let (told, said) = (text(&output.stderr), text(&output.stdout));
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains("columns that mean nothing here: `Shoe size`"), "{told}");
    assert!(told.contains("line 7: the same row as line 2"), "{told}");
    assert!(
        said.contains("8 rows; 1 created, 0 added, 0 updated, 1 unchanged, 1 needs decision, 5 refused"),
        "{said}"
    );
    let accepted = desk.report(list.as_bytes(), &["--accept-namesakes"]);
    assert!(accepted[4].starts_with("6,CREATED,"), "{accepted:#?}");
    // On behalf of somebody the same rules bind: a career planner makes nobody.
    let others = list.replace("Ann,Lee,ann.lee", "Zoe,Zimmer,zoe");
    let planner = desk.report(others.as_bytes(), &["--as", "carl"]);
    assert!(planner[0].starts_with("2,REFUSED,,NO_MANAGEMENT_RIGHT"), "{planner:#?}");
}

#[test]
fn dates_are_never_guessed() {
    let desk = Desk::open();
    let url = desk.served.url();
    let list = "first_name,last_name,email,birth_date,phone,zip,group\n\
        Ann,Lee,ann.lee@example.org,05/06/1994,312 555 0100,60601,apac\n";
    let file = desk.file(list.as_bytes());
    let units =
        bailiwick(&["unit", "list", "--realm", "illinois-worknet", "--server", &url, "--output", "json"]);
    let units: serde_json::Value = serde_json::from_slice(&units.stdout).unwrap();
    let unit = units["units"][0]["name"].as_str().unwrap();
    fs::write(&file, list.replace("apac", unit)).unwrap();
    let import = |options: &[&str]| {
        let fixed =
            ["import", file.to_str().unwrap(), "--realm", "illinois-worknet", "--server", &url, "--dry-run"];
        bailiwick(&[&fixed[..], options].concat())
    };
    let refused = import(&[]);
    assert!(
        text(&refused.stderr).contains("line 2: REFUSED FIELD_INVALID birth_date"),
        "{}",
        text(&refused.stderr)
    );
    let read = import(&["--date-format", "mdy"]);
    assert!(
        text(&read.stdout).contains("would be: 1 created"),
        "{}{}",
        text(&read.stdout),
        text(&read.stderr)
    );
}

#[test]
fn a_list_that_is_killed_half_way_is_finished_and_nothing_is_done_twice() {
    let folder = tempfile::tempdir().unwrap();
    resumes(folder.path().join("bailiwick.db").to_str().unwrap());
}

#[test]
fn a_list_that_is_killed_half_way_is_finished_with_postgresql() {
    if let Some(cluster) = Cluster::shared() {
        resumes(&cluster.database());
    }
}

fn people() -> usize {
    std::env::var("BAILIWICK_IMPORT").ok().and_then(|said| said.parse().ok()).unwrap_or(6_000)
}

fn list(people: usize) -> String {
    let mut list = String::from("First Name,Last Name,Email,Level,Partner Type,Location\n");
    for n in 0..people {
        let _ = writeln!(list, "First{n},Last{n},p{n}@example.org,partner,Employer,Oak St");
    }
    list
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// A client that waits: a list of many people is long, and the machine may be busy.
fn client(served: &Served) -> Client {
    let deadline = Duration::from_secs(120);
    Client::new(&Settings { server: served.url(), deadline, ..Settings::default() }).unwrap()
}

async fn prepare(client: &Client) {
    let realm = || "realms/dei".to_owned();
    let scheme = Some(v1::create_realm_request::Scheme::ShippedScheme("dei-teams".to_owned()));
    client
        .create_realm(v1::CreateRealmRequest { realm: realm(), scheme, ..Default::default() })
        .await
        .unwrap();
    for (id, kind, parents) in [("il", "state", vec![]), ("cook", "region", vec!["units/il".to_owned()])] {
        let request = v1::CreateUnitRequest {
            realm: realm(),
            unit: format!("units/{id}"),
            kind: kind.to_owned(),
            display_name: id.to_owned(),
            parents,
            ..Default::default()
        };
        client.create_unit(request).await.unwrap();
    }
}

async fn head(client: &Client) -> u64 {
    let realm = client.get_realm(v1::GetRealmRequest { realm: "realms/dei".to_owned() }).await.unwrap();
    realm.realm.unwrap().head
}

/// Everybody in the realm: how many, and how many of them hold exactly one assignment.
async fn everybody(client: &Client) -> (usize, usize) {
    let (mut all, mut with_one, mut page_token) = (0, 0, String::new());
    loop {
        let request = v1::ListUsersRequest {
            realm: "realms/dei".to_owned(),
            page_size: 1_000,
            page_token,
            ..Default::default()
        };
        let page = client.list_users(request).await.unwrap();
        all += page.users.len();
        with_one += page.users.iter().filter(|user| user.assignments.len() == 1).count();
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return (all, with_one);
        }
    }
}

fn import(file: &Path, served: &Served, options: &[&str]) -> Command {
    let mut command = Command::new(BAILIWICK);
    command.arg("import").arg(file).args(["--realm", "dei", "--unit", "cook", "--output", "json"]);
    command.args(["--server", &served.url(), "--deadline", "60"]).args(options).stdin(Stdio::null());
    command
}

fn resumes(data: &str) {
    let (folder, people) = (tempfile::tempdir().unwrap(), people());
    let file = folder.path().join("people.csv");
    fs::write(&file, list(people)).unwrap();
    let served = Served::start(&["--data", data]);
    run(async { prepare(&client(&served)).await });

    // Some parts are there, and not all: then everything ends at once.
    let mut first = import(&file, &served, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let parts = people.div_ceil(1_000);
    let half = 3 + u64::try_from(parts / 2).unwrap();
    let began = Instant::now();
    while run(async { head(&client(&served)).await }) < half {
        assert!(began.elapsed() < Duration::from_secs(300), "the import does not get on");
        std::thread::sleep(Duration::from_millis(5));
    }
    served.kill();
    first.kill().unwrap();
    first.wait().unwrap();

    let served = Served::start(&["--data", data]);
    let (there, _) = run(async { everybody(&client(&served)).await });
    assert!(there > 0 && there < people && there % 1_000 == 0, "{there} of {people} after the kill");
    let began = Instant::now();
    let resumed = import(&file, &served, &[]).output().unwrap();
    eprintln!("{} people in {:.1} s after the kill", people - there, began.elapsed().as_secs_f64());
    assert_eq!(resumed.status.code(), Some(0), "{}", text(&resumed.stderr));
    let said: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert_eq!(
        (said.get("created"), said.get("rows")),
        (Some(&people.into()), Some(&people.into())),
        "{said}"
    );
    assert_eq!(run(async { everybody(&client(&served)).await }), (people, people));
    let written = run(async { head(&client(&served)).await });
    assert_eq!(written, 3 + u64::try_from(parts).unwrap(), "each part is one change");

    // Once more: answered from the log. As another file: everybody is known.
    let again = import(&file, &served, &[]).output().unwrap();
    assert_eq!(again.stdout, resumed.stdout);
    assert_eq!(run(async { head(&client(&served)).await }), written);
    fs::write(&file, list(people).replace('\n', "\r\n")).unwrap();
    let known = import(&file, &served, &[]).output().unwrap();
    let said: serde_json::Value = serde_json::from_slice(&known.stdout).unwrap();
    assert_eq!(
        (said.get("unchanged"), said.get("created")),
        (Some(&people.into()), Some(&0.into())),
        "{said}"
    );
    assert_eq!(run(async { everybody(&client(&served)).await }), (people, people));
}
