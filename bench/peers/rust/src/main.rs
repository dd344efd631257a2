//! The same answers by hyper and tokio-tungstenite: a peer for the figures of bench/.
//!
//!   GET /bytes?n=N           N bytes of JSON
//!   GET /api/health/live     what the daemon answers there, with its headers, from the file ANSWER
//!   GET /ws                  WebSocket; "publish <text>" goes to all
//!
//! server ANSWER [PORT]; prints "listening <port>" when it is ready. One thread, as one core is what it is given.
use std::{convert::Infallible, env, error::Error, fs, sync::Arc};

use futures_util::{SinkExt, StreamExt};
use http_body_util::Full;
use hyper::{
    body::{Bytes, Incoming},
    header::{self, HeaderMap, HeaderName, HeaderValue},
    server::conn::http1,
    service::service_fn,
    upgrade::Upgraded,
    Request, Response, StatusCode,
};
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::broadcast,
};
use tokio_tungstenite::{
    tungstenite::{
        handshake::derive_accept_key,
        protocol::{Role, WebSocketConfig},
        Message, Utf8Bytes,
    },
    WebSocketStream,
};

type Failure = Box<dyn Error + Send + Sync>;
type Answer = Response<Full<Bytes>>;

const USUAL_BYTES: usize = 1024;
const MOST_BYTES: usize = 1 << 20;
const QUEUE_FRAMES: usize = 256; // who is further behind is closed
const READ_BYTES: usize = 512;
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What the daemon answers at /api/health/live; its members are in this order.
#[derive(Deserialize, Serialize)]
struct Health {
    status: String,
    timestamp: String,
    version: String,
    checks: Checks,
}

#[derive(Deserialize, Serialize)]
struct Checks {
    database: String,
}

#[derive(Deserialize)]
struct Captured {
    headers: Vec<(String, String)>,
    body: Health,
}

struct Server {
    host: String,
    headers: HeaderMap,
    health: Health,
    bytes: Bytes,
    events: broadcast::Sender<Utf8Bytes>,
}

/// The current health, of which only the time is not known in advance.
#[derive(Serialize)]
struct HealthNow<'a> {
    status: &'a str,
    timestamp: String,
    version: &'a str,
    checks: &'a Checks,
}

impl Server {
    fn answer_health(&self) -> Result<Answer, Failure> {
        let body = serde_json::to_vec(&HealthNow {
            status: &self.health.status,
            timestamp: format!("{:.6}", jiff::Timestamp::now()),
            version: &self.health.version,
            checks: &self.health.checks,
        })?;
        let mut answer = Response::new(Full::new(body.into()));
        *answer.headers_mut() = self.headers.clone();
        Ok(answer)
    }

    fn answer_bytes(&self, request: &Request<Incoming>) -> Answer {
        let asked = request.uri().query().and_then(|q| q.strip_prefix("n=")?.parse().ok());
        let n = asked.unwrap_or(USUAL_BYTES).min(MOST_BYTES);
        let mut answer = Response::new(Full::new(self.bytes.slice(..n)));
        answer.headers_mut().insert(header::CONTENT_TYPE, JSON);
        answer
    }

    fn accept(self: Arc<Self>, mut request: Request<Incoming>) -> Answer {
        let Some(key) = request.headers().get(header::SEC_WEBSOCKET_KEY) else {
            return empty(StatusCode::UPGRADE_REQUIRED);
        };
        let mut answer = empty(StatusCode::SWITCHING_PROTOCOLS);
        let headers = answer.headers_mut();
        let accept = derive_accept_key(key.as_bytes()).parse().expect("base64 is a valid value");
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
        headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
        if request.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL) {
            headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static("muster.v1"));
        }
        let upgrade = hyper::upgrade::on(&mut request);
        tokio::spawn(async move {
            if let Ok(upgraded) = upgrade.await {
                self.serve_socket(upgraded).await;
            }
        });
        answer
    }

    async fn serve_socket(self: Arc<Self>, upgraded: Upgraded) {
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES);
        let socket = parts.io.into_inner();
        let ws = WebSocketStream::from_partially_read(socket, parts.read_buf.into(), Role::Server, Some(config)).await;
        let _ = follow(ws, self.events.subscribe(), &self.events).await;
    }
}

/// One task a client: what it sends, and the events, of which all that wait go out in one write.
async fn follow(
    mut ws: WebSocketStream<TcpStream>,
    mut events: broadcast::Receiver<Utf8Bytes>,
    all: &broadcast::Sender<Utf8Bytes>,
) -> Result<(), Failure> {
    loop {
        tokio::select! {
            event = events.recv() => {
                ws.feed(Message::Text(event?)).await?;
                while let Ok(next) = events.try_recv() {
                    ws.feed(Message::Text(next)).await?;
                }
                ws.flush().await?;
            }
            message = ws.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if let Some(event) = text.strip_prefix("publish ") {
                        let _ = all.send(event.into());
                    }
                }
                Some(Ok(_)) => {}
                _ => return Ok(()),
            },
        }
    }
}

fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
}

async fn answer(server: Arc<Server>, request: Request<Incoming>) -> Result<Answer, Failure> {
    let host = request.headers().get(header::HOST).map(HeaderValue::as_bytes);
    if !host.is_some_and(|host| host.eq_ignore_ascii_case(server.host.as_bytes())) {
        return Ok(empty(StatusCode::MISDIRECTED_REQUEST));
    }
    match request.uri().path() {
        "/api/health/live" => server.answer_health(),
        "/bytes" => Ok(server.answer_bytes(&request)),
        "/ws" => Ok(server.accept(request)),
        _ => Ok(empty(StatusCode::NOT_FOUND)),
    }
}

async fn serve(listener: TcpListener, server: Arc<Server>) -> Result<Infallible, Failure> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        let server = server.clone();
        let service = service_fn(move |request| answer(server.clone(), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(socket), service);
        tokio::spawn(connection.with_upgrades());
    }
}

fn read_captured(path: &str) -> Result<(HeaderMap, Health), Failure> {
    let captured: Captured = serde_json::from_slice(&fs::read(path)?)?;
    let mut headers = HeaderMap::new();
    for (name, value) in &captured.headers {
        headers.append(name.parse::<HeaderName>()?, value.parse()?);
    }
    Ok((headers, captured.body))
}

async fn run() -> Result<Infallible, Failure> {
    let mut words = env::args().skip(1);
    let path = words.next().ok_or("usage: server ANSWER [PORT]")?;
    let port = words.next().map_or(Ok(0), |text| text.parse())?;
    let (headers, health) = read_captured(&path)?;
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    let address = listener.local_addr()?;
    println!("listening {}", address.port());
    let server = Server {
        host: address.to_string(),
        headers,
        health,
        bytes: vec![b'x'; MOST_BYTES].into(),
        events: broadcast::Sender::new(QUEUE_FRAMES),
    };
    serve(listener, Arc::new(server)).await
}

fn main() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    match runtime.block_on(run())? {}
}
