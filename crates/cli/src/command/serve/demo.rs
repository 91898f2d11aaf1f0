//! The demo: four realms, one per shipped scheme, loaded as anybody would load them.

use bailiwick_client::world_file::{Plan, World};
use bailiwick_client::{Client, Error, Settings};
use bailiwick_proto::v1;
use bailiwick_server::Address;
use tonic::Code;

use crate::command::load::send;
use crate::exit::Failure;

/// The worlds, by the name of their scheme, which is also that of the realm.
const WORLDS: [(&str, &str); 4] = [
    ("eto", include_str!("../../../../../worlds/eto.toml")),
    ("illinois-worknet", include_str!("../../../../../worlds/illinois-worknet.toml")),
    ("dei-teams", include_str!("../../../../../worlds/dei-teams.toml")),
    ("cmg-2012", include_str!("../../../../../worlds/cmg-2012.toml")),
];

/// The demo realms, each with its title.
pub(super) type Demo = Vec<(String, String)>;

/// Has the four realms there: those that are missing are made, those that were left half-way are finished.
pub(super) async fn load(address: &Address) -> Result<Demo, Failure> {
    let client = Client::new(&Settings { server: server(address), ..Settings::default() })?;
    let mut demo = Vec::new();
    for (name, text) in WORLDS {
        let world = World::parse(text).map_err(|faults| {
            Failure::Machine(format!("the demo world `{name}` has {} faults", faults.len()))
        })?;
        load_realm(&client, name, &world).await.map_err(|error| {
            Failure::Call(Box::new(Error {
                message: format!("demo realm `{name}`: {}", error.message),
                ..error
            }))
        })?;
        demo.push((name.to_owned(), world.title));
    }
    Ok(demo)
}

async fn load_realm(client: &Client, name: &str, world: &World) -> Result<(), Error> {
    let realm = format!("realms/{name}");
    let plan = Plan::new(world, &realm);
    let whole = u64::try_from(plan.steps.len()).unwrap_or(u64::MAX).saturating_add(1);
    match client.get_realm(v1::GetRealmRequest { realm: realm.clone() }).await {
        // Its creation and every step are there; what came after is the user's own.
        Ok(reply) if reply.realm.as_ref().is_some_and(|realm| realm.head >= whole) => return Ok(()),
        Ok(_) => {}
        Err(error) if error.code == Code::NotFound => create(client, name, realm, world).await?,
        Err(error) => return Err(error),
    }
    send(client, &plan, |_| {}).await.map_err(|(error, _)| error)
}

async fn create(client: &Client, scheme: &str, realm: String, world: &World) -> Result<(), Error> {
    let request = v1::CreateRealmRequest {
        realm,
        title: world.title.clone(),
        scheme: Some(v1::create_realm_request::Scheme::ShippedScheme(scheme.to_owned())),
        request_id: format!("load:{}:0", world.digest),
        ..Default::default()
    };
    client.create_realm(request).await.map(|_| ())
}

/// The address as the client writes it.
pub(super) fn server(address: &Address) -> String {
    match address {
        Address::Tcp(address) => format!("http://{address}"),
        Address::Unix(path) => format!("unix:{}", path.display()),
    }
}
