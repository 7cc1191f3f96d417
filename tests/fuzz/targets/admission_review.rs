#![no_main]
//! Of a question that is read, all images are told that its pods name under `image`, or none.

use libfuzzer_sys::fuzz_target;
use parsers::releases::model::{AdmissionReview, images_of};
use serde_json::Value;

fuzz_target!(|bytes: &[u8]| {
    let Ok(review) = serde_json::from_slice::<AdmissionReview>(bytes) else { return };
    let Ok(images) = images_of(&review.request.object) else { return };
    let containers = review.request.object.pointer("/spec/containers").and_then(Value::as_array);
    for container in containers.into_iter().flatten() {
        let image = container["image"].as_str().map(str::to_owned);
        assert!(image.is_some_and(|image| images.contains(&image)));
    }
});
