#![no_main]
//! An image that is read names its digest, and reads the same without its host and with a tag.

use libfuzzer_sys::fuzz_target;
use parsers::releases::model::Image;

fuzz_target!(|text: &str| {
    let Ok(image) = text.parse::<Image>() else { return };
    let Image { repository, digest, environment } = &image;
    let view = environment.as_ref().map(|environment| format!("env/{environment}/")).unwrap_or_default();
    for host in ["", "registry.example/", "localhost:5000/"] {
        for tag in ["", ":1.0"] {
            let written = format!("{host}{view}{repository}{tag}@{digest}");
            // A project may look like a host where none stands before it.
            let looks_like_host = |first: &str| first.contains('.') || first == "localhost";
            if host.is_empty() && repository.as_str().split('/').next().is_some_and(looks_like_host) {
                continue;
            }
            assert_eq!(written.parse::<Image>().as_ref(), Ok(&image), "{written}");
        }
    }
});
