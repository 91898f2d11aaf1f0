//! What is measured, and how large.

use bailiwick_bench::world::Sizes;

pub(crate) const HELP: &str = "\
Measures Bailiwick: nanoseconds a check, and the service beside an empty call.

  --users N          users of the generated world [100000]
  --customers N      customers, each in two programs [100000]
  --sites N          sites [100]
  --programs N       programs of each site [20]
  --seed N           what the world is drawn from [1]
  --checks N         checks of each kind and round [200000]
  --service-users N  users and customers of the served world [20000]
  --pairs N          pairs of runs, service and empty call [8]
  --millis N         length of a run in milliseconds [1500]
  --people N         people of the larger directory; the smaller has 10000 [100000]
  --rounds N         calls of each question about people [300]
  --import-people N  people of an imported list, in thousands [20000]
  --only PART        `in-process`, `service`, `people`, `import`, `lists`, `previews` or `requests`
  --json             for machines
";

/// What the command line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Arguments {
    pub(crate) sizes: Sizes,
    pub(crate) checks: u32,
    pub(crate) service_users: u32,
    pub(crate) pairs: u32,
    pub(crate) millis: u32,
    pub(crate) in_process: bool,
    pub(crate) service: bool,
    pub(crate) directory: bool,
    pub(crate) people: u32,
    pub(crate) rounds: u32,
    pub(crate) import: bool,
    pub(crate) import_people: u32,
    pub(crate) lists: bool,
    pub(crate) previews: bool,
    pub(crate) requests: bool,
    pub(crate) output: Output,
}

/// For whom the report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// People.
    Table,
    /// Machines.
    Json,
}

impl Default for Arguments {
    fn default() -> Self {
        Self {
            sizes: Sizes { users: 100_000, customers: 100_000, sites: 100, programs: 20, seed: 1 },
            checks: 200_000,
            service_users: 20_000,
            pairs: 8,
            millis: 1_500,
            in_process: true,
            service: true,
            directory: true,
            people: 100_000,
            rounds: 300,
            import: true,
            import_people: 20_000,
            lists: true,
            previews: true,
            requests: true,
            output: Output::Table,
        }
    }
}

impl Arguments {
    /// Reads the command line; nothing where help is wanted.
    pub(crate) fn parse(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut arguments = Self::default();
        while let Some(flag) = given.next() {
            let mut value = || given.next().ok_or_else(|| format!("`{flag}` needs a value"));
            match flag.as_str() {
                "--help" | "-h" => return Ok(None),
                "--json" => arguments.output = Output::Json,
                "--users" => arguments.sizes.users = positive(&flag, &value()?)?,
                "--customers" => arguments.sizes.customers = positive(&flag, &value()?)?,
                "--sites" => arguments.sizes.sites = positive(&flag, &value()?)?,
                "--programs" => arguments.sizes.programs = positive(&flag, &value()?)?,
                "--seed" => arguments.sizes.seed = positive(&flag, &value()?)?.into(),
                "--checks" => arguments.checks = positive(&flag, &value()?)?,
                "--service-users" => arguments.service_users = positive(&flag, &value()?)?,
                "--import-people" => arguments.import_people = positive(&flag, &value()?)?,
                "--pairs" => arguments.pairs = positive(&flag, &value()?)?,
                "--millis" => arguments.millis = positive(&flag, &value()?)?,
                "--people" => arguments.people = positive(&flag, &value()?)?,
                "--rounds" => arguments.rounds = positive(&flag, &value()?)?,
                "--only" => arguments.only(&value()?)?,
                _ => return Err(format!("there is no `{flag}`")),
            }
        }
        Ok(Some(arguments))
    }

    fn only(&mut self, part: &str) -> Result<(), String> {
        if !["in-process", "service", "people", "import", "lists", "previews", "requests"].contains(&part) {
            return Err(format!("there is no part `{part}`"));
        }
        self.in_process = part == "in-process";
        self.service = part == "service";
        self.directory = part == "people";
        self.import = part == "import";
        self.lists = part == "lists";
        self.previews = part == "previews";
        self.requests = part == "requests";
        Ok(())
    }
}

fn positive(flag: &str, value: &str) -> Result<u32, String> {
    value.parse().ok().filter(|&n| n > 0).ok_or_else(|| format!("`{flag}` needs a whole number above 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Arguments>, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn flags_are_read_and_others_refused() {
        let parsed = parse("--users 7 --only in-process --json").unwrap().unwrap();
        assert_eq!((parsed.sizes.users, parsed.service, parsed.output), (7, false, Output::Json));
        assert_eq!(parse("--help").unwrap(), None);
        for bad in ["--users", "--users 0", "--users x", "--only all", "--speed 9"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
