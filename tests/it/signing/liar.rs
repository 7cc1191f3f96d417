//! A registry that answers whatever it was told to, on a port of its own: what a server in other hands may do.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};

/// One answer.
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Answer {
    /// 200 with some bytes.
    pub fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: StatusCode::OK,
            headers: vec![("content-type", media_type.to_owned())],
            body: body.into(),
        }
    }

    /// Another status, without bytes.
    pub fn status(status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).unwrap(), headers: Vec::new(), body: Vec::new() }
    }

    /// With a header.
    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

#[derive(Default)]
struct State {
    /// What is answered to a path with its query: one after the other, the last for good.
    answers: HashMap<String, Vec<Answer>>,
    /// Paths that were asked for with a secret.
    with_secret: Vec<String>,
    /// All paths that were asked for.
    asked: Vec<String>,
    /// Whether it takes what is pushed.
    takes: bool,
}

/// The registry, until it is dropped.
pub struct Liar {
    /// `<address>:<port>`.
    pub host: String,
    state: Arc<Mutex<State>>,
    handle: ServerHandle,
}

impl Liar {
    /// One that holds nothing.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let state = Arc::new(Mutex::new(State::default()));
        let data = web::Data::from(Arc::clone(&state));
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let app = move || App::new().app_data(data.clone()).default_service(web::to(answer));
                let server =
                    HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                tell.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        Self { host, state, handle: told.recv().unwrap() }
    }

    /// Adds an answer to a path.
    pub fn tell(&self, path: &str, answer: Answer) {
        self.state.lock().unwrap().answers.entry(path.to_owned()).or_default().push(answer);
    }

    /// From now on takes what is pushed and answers with it, as a registry does that knows of no referrers.
    pub fn take(&self) {
        self.state.lock().unwrap().takes = true;
    }

    /// What it answers to a path, for good.
    pub fn holds(&self, path: &str) -> Option<Vec<u8>> {
        let state = self.state.lock().unwrap();
        Some(state.answers.get(path)?.last()?.body.clone())
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.state.lock().unwrap().asked.iter().filter(|asked| *asked == path).count()
    }

    /// Whether a path was asked for with a secret.
    pub fn got_secret(&self, path: &str) -> bool {
        self.state.lock().unwrap().with_secret.iter().any(|asked| asked == path)
    }
}

impl Drop for Liar {
    fn drop(&mut self) {
        // Begins when it is called; nobody need wait for its end.
        drop(self.handle.stop(false));
    }
}

async fn answer(state: web::Data<Mutex<State>>, request: HttpRequest, body: web::Bytes) -> HttpResponse {
    let path = request.uri().to_string();
    let mut state = state.lock().unwrap();
    state.asked.push(path.clone());
    if request.headers().contains_key("authorization") {
        state.with_secret.push(path.clone());
    }
    if state.takes && request.method() != "GET" {
        let kind = request.headers().get("content-type").unwrap().to_str().unwrap();
        state.answers.insert(path.replace("uploads/?digest=", ""), vec![Answer::of(kind, body)]);
        return HttpResponse::Created().finish();
    }
    let Some(answers) = state.answers.get_mut(&path) else { return HttpResponse::NotFound().finish() };
    let answer = if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() };
    let mut response = HttpResponse::build(answer.status);
    for (name, value) in answer.headers {
        response.insert_header((name, value));
    }
    response.body(answer.body)
}
