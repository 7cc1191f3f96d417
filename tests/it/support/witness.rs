//! A witness of transparency logs (c2sp.org/tlog-witness), as strict as the specification wants it; and whatever a witness may
//! do wrong. It shares no code with the server.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use futures_util::StreamExt as _;
use sha2::{Digest as _, Sha256};
use tlog_tiles::{Hash, check_tree};

/// What it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// What it should.
    Honest,
    /// Never answers.
    Slow,
    /// Answers 500.
    Broken,
    /// Signs by another key, in its own name.
    WrongKey,
    /// Answers 200 and nonsense.
    Garbage,
    /// Answers 200 and never stops.
    Huge,
    /// Says that it has this many entries.
    Claims(u64),
    /// Sends whoever asks elsewhere.
    Redirects(String),
}

/// What it knows and has seen.
pub struct State {
    name: String,
    key: SigningKey,
    pub behaviour: Behaviour,
    /// The keys of the logs that it is configured with, by their origins.
    logs: HashMap<String, Vec<([u8; 4], VerifyingKey)>>,
    /// The newest tree head of each that it has cosigned.
    pub seen: HashMap<String, (u64, Hash)>,
    /// The old size of each request.
    pub asked: Vec<u64>,
}

/// A witness on a port of its own, until it is dropped.
pub struct Witness {
    pub url: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Witness {
    /// One that knows no log yet.
    pub fn start(name: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/prefix", listener.local_addr().unwrap());
        let state = State {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&Sha256::digest(name).into()),
            behaviour: Behaviour::Honest,
            logs: HashMap::new(),
            seen: HashMap::new(),
            asked: Vec::new(),
        };
        let state = Arc::new(Mutex::new(state));
        let data = web::Data::from(Arc::clone(&state));
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .app_data(data.clone())
                        .route("/prefix/add-checkpoint", web::post().to(add_checkpoint))
                };
                let server =
                    HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { url, state, handle: told.recv().unwrap() }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub fn behaves(self, behaviour: Behaviour) -> Self {
        self.state().behaviour = behaviour;
        self
    }

    /// Ends it; nobody listens there any more.
    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }

    /// What the settings name it by.
    pub fn settings(&self) -> String {
        let state = self.state();
        let key = [&[4], state.key.verifying_key().as_bytes().as_slice()].concat();
        let (id, key) = (hex::encode(state.key_id()), STANDARD.encode(key));
        format!(r#"{{url = "{}", key = "{}+{id}+{key}"}}"#, self.url, state.name)
    }

    /// Configures it with a log's verifier keys, one a line.
    pub fn trust(&self, keys: &str) {
        for key in keys.lines() {
            let mut parts = key.splitn(3, '+');
            let (origin, id, key) = (parts.next().unwrap(), parts.next().unwrap(), parts.next().unwrap());
            let key = STANDARD.decode(key).unwrap();
            assert_eq!(key[0], 1, "Ed25519");
            let key = VerifyingKey::from_bytes(key[1..].try_into().unwrap()).unwrap();
            let id = hex::decode(id).unwrap().try_into().unwrap();
            self.state().logs.entry(origin.to_owned()).or_default().push((id, key));
        }
    }

    /// Whether a note holds its cosignature. Fails the test when it is there and bad.
    pub fn has_cosigned(&self, note: &str) -> bool {
        let state = self.state();
        let (text, signatures) = split(note);
        let mut found =
            signatures.iter().filter(|(name, id, _)| *name == state.name && *id == state.key_id());
        let Some((.., bytes)) = found.next() else { return false };
        assert!(found.next().is_none(), "twice in {note}");
        let time = u64::from_be_bytes(bytes[..8].try_into().unwrap());
        let message = format!("cosignature/v1\ntime {time}\n{text}");
        let signature = Signature::from_slice(&bytes[8..]).unwrap();
        state.key.verifying_key().verify_strict(message.as_bytes(), &signature).unwrap();
        true
    }

    /// The size that it has cosigned last, of the only log.
    pub fn size(&self) -> u64 {
        self.state().seen.values().map(|(size, _)| *size).next().unwrap_or_default()
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        // The witness's own thread does the rest.
        drop(self.handle.stop(false));
    }
}

impl State {
    fn key_id(&self) -> [u8; 4] {
        let key = self.key.verifying_key();
        let hash = Sha256::digest([self.name.as_bytes(), b"\n\x04", key.as_bytes()].concat());
        hash[..4].try_into().unwrap()
    }

    fn cosign(&self, text: &str, key: &SigningKey) -> String {
        let time = std::time::UNIX_EPOCH.elapsed().unwrap().as_secs();
        let signature = key.sign(format!("cosignature/v1\ntime {time}\n{text}").as_bytes());
        let bytes = [&self.key_id(), time.to_be_bytes().as_slice(), &signature.to_bytes()].concat();
        format!("\u{2014} {} {}\n", self.name, STANDARD.encode(bytes))
    }

    /// What the specification says of a submission.
    fn judge(&mut self, body: &str) -> Result<String, (StatusCode, String)> {
        let refuse = |status: StatusCode, why: &str| (status, why.to_owned());
        let bad = |why| refuse(StatusCode::BAD_REQUEST, why);
        let (head, note) = body.split_once("\n\n").ok_or(bad("no note"))?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).ok_or(bad("no old size"))?;
        let old: u64 = old.parse().map_err(|_| bad("old size"))?;
        self.asked.push(old);
        let proof: Vec<Hash> =
            lines.map(Hash::parse_hash).collect::<Result<_, _>>().map_err(|_| bad("proof"))?;
        let (text, signatures) = split(note);
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next().unwrap(), lines.next().unwrap(), lines.next().unwrap());
        let (size, root): (u64, Hash) = (size.parse().unwrap(), Hash::parse_hash(root).unwrap());
        let keys = self.logs.get(origin).ok_or(refuse(StatusCode::NOT_FOUND, "unknown log"))?;
        let signed = signatures.iter().any(|(name, id, bytes)| {
            let key = keys.iter().find(|(known, _)| known == id && name == origin);
            let signature = Signature::from_slice(bytes);
            key.is_some_and(|(_, key)| {
                signature.is_ok_and(|it| key.verify_strict(text.as_bytes(), &it).is_ok())
            })
        });
        if !signed {
            return Err(refuse(StatusCode::FORBIDDEN, "no signature by a known key"));
        }
        if old > size {
            return Err(bad("old size beyond the checkpoint"));
        }
        let (seen, seen_root) = self.seen.get(origin).copied().unwrap_or_default();
        if old != seen || old == size && root != seen_root {
            return Err(refuse(StatusCode::CONFLICT, &format!("{seen}\n")));
        }
        let is_consistent = match old {
            0 => proof.is_empty(),
            old if old == size => proof.is_empty(),
            old => check_tree(&proof, size, root, old, seen_root).is_ok(),
        };
        if !is_consistent {
            return Err(refuse(StatusCode::UNPROCESSABLE_ENTITY, "not consistent"));
        }
        self.seen.insert(origin.to_owned(), (size, root));
        Ok(text)
    }
}

/// A signature of a note: name, id of the key, bytes.
type NoteLine = (String, [u8; 4], Vec<u8>);

/// A note's text, and its signatures.
fn split(note: &str) -> (String, Vec<NoteLine>) {
    let (text, lines) = note.rsplit_once("\n\n").unwrap();
    let signature = |line: &str| {
        let (name, bytes) = line.strip_prefix("\u{2014} ").unwrap().split_once(' ').unwrap();
        let bytes = STANDARD.decode(bytes).unwrap();
        (name.to_owned(), bytes[..4].try_into().unwrap(), bytes[4..].to_vec())
    };
    (format!("{text}\n"), lines.lines().map(signature).collect())
}

async fn add_checkpoint(body: String, state: web::Data<Mutex<State>>) -> HttpResponse {
    let behaviour = state.lock().unwrap().behaviour.clone();
    let told = |size| HttpResponse::Conflict().content_type("text/x.tlog.size").body(size);
    match behaviour {
        Behaviour::Slow => std::future::pending().await,
        Behaviour::Broken => return HttpResponse::InternalServerError().body("broken"),
        Behaviour::Garbage => {
            return HttpResponse::Ok().body("\u{2014} not a signature\n\u{0}\n\n\u{2014} a b\n");
        }
        Behaviour::Huge => {
            let piece = web::Bytes::from(vec![b'x'; 1024]);
            let endless = futures_util::stream::repeat(piece).map(Ok::<_, std::io::Error>);
            return HttpResponse::Ok().streaming(endless);
        }
        Behaviour::Claims(size) => return told(format!("{size}\n")),
        Behaviour::Redirects(url) => {
            return HttpResponse::TemporaryRedirect().insert_header(("location", url)).finish();
        }
        Behaviour::Honest | Behaviour::WrongKey => {}
    }
    let mut state = state.lock().unwrap();
    match state.judge(&body) {
        Ok(text) if behaviour == Behaviour::WrongKey => {
            HttpResponse::Ok().body(state.cosign(&text, &SigningKey::from_bytes(&[1; 32])))
        }
        Ok(text) => HttpResponse::Ok().body(state.cosign(&text, &state.key)),
        Err((StatusCode::CONFLICT, size)) => told(size),
        Err((status, why)) => HttpResponse::build(status).body(why),
    }
}
