//! A network between store and server that falls silent when it is told to: what is sent is held, and arrives late.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UnixStream};
use tokio::sync::watch;

/// Whether anything comes through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    Fair,
    /// Connections are taken; not a byte comes through, in either direction.
    Silent,
}

/// When it falls silent by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// The server is about to be sent the text of this.
    Sending(&'static str),
    /// The server has committed, and nobody hears of it.
    Committed,
    /// The server has committed, and has been heard.
    Acknowledged,
}

/// What a server says when it has committed.
const COMMITTED: &[u8] = b"COMMIT\0";

pub(super) struct Proxy {
    port: u16,
    weather: watch::Sender<Weather>,
    moment: Arc<Mutex<Option<Moment>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Towards {
    Server,
    Client,
}

impl Proxy {
    /// Between whoever connects to [`Proxy::url`] and the server of this address.
    pub(super) async fn before(url: &str) -> Self {
        let directory = url.split(['=', '&']).nth(1).unwrap();
        let socket = PathBuf::from(directory).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (weather, _) = watch::channel(Weather::Fair);
        let moment = Arc::new(Mutex::new(None));
        let (sky, awaited) = (weather.clone(), Arc::clone(&moment));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = UnixStream::connect(&socket).await.unwrap();
                let (from_client, to_client) = client.into_split();
                let (from_server, to_server) = server.into_split();
                let (sky, awaited) = (sky.clone(), Arc::clone(&awaited));
                tokio::spawn(pump(
                    from_client,
                    to_server,
                    Towards::Server,
                    sky.clone(),
                    Arc::clone(&awaited),
                ));
                tokio::spawn(pump(from_server, to_client, Towards::Client, sky, awaited));
            }
        });
        Self { port, weather, moment }
    }

    /// The address of the same database, by way of this.
    pub(super) fn url(&self, url: &str) -> String {
        let name = url.split(['/', '?']).nth(3).unwrap();
        format!("postgres://tester@127.0.0.1:{}/{name}?sslmode=disable", self.port)
    }

    pub(super) fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    pub(super) fn fall_silent_at(&self, moment: Moment) {
        *self.moment.lock().unwrap() = Some(moment);
    }

    /// Waits until it has fallen silent.
    pub(super) async fn silence(&self) {
        self.weather.subscribe().wait_for(|weather| *weather == Weather::Silent).await.unwrap();
    }
}

async fn pump(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    towards: Towards,
    sky: watch::Sender<Weather>,
    awaited: Arc<Mutex<Option<Moment>>>,
) {
    let mut weather = sky.subscribe();
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = from.read(&mut bytes).await {
        let come = moment(&bytes[..length], towards, &awaited);
        if come.is_some_and(|moment| moment != Moment::Acknowledged) {
            sky.send_replace(Weather::Silent);
        }
        weather.wait_for(|weather| *weather == Weather::Fair).await.unwrap();
        if to.write_all(&bytes[..length]).await.is_err() {
            return;
        }
        if come == Some(Moment::Acknowledged) {
            sky.send_replace(Weather::Silent);
        }
    }
    weather.wait_for(|weather| *weather == Weather::Fair).await.unwrap();
    let _ = to.shutdown().await;
}

/// The moment that is waited for, if it has come.
fn moment(bytes: &[u8], towards: Towards, awaited: &Mutex<Option<Moment>>) -> Option<Moment> {
    let mut awaited = awaited.lock().unwrap();
    let holds = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    awaited.take_if(|moment| match (moment, towards) {
        (Moment::Sending(text), Towards::Server) => holds(text.as_bytes()),
        (Moment::Committed | Moment::Acknowledged, Towards::Client) => holds(COMMITTED),
        (Moment::Sending(_), Towards::Client)
        | (Moment::Committed | Moment::Acknowledged, Towards::Server) => false,
    })
}
