//! What Kubernetes asks its admission webhooks, and how it is answered (admission.k8s.io/v1, AdmissionReview).

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// Most images of one object: a pod has few, and each is a question.
const MOST_IMAGES: usize = 100;
/// Where pods stand in what makes them, by the kind of object.
const POD_SPECS: [&str; 3] = ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec"];
const CONTAINERS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

/// What is asked.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionReview {
    /// `admission.k8s.io/v1`.
    pub api_version: String,
    /// `AdmissionReview`.
    pub kind: String,
    /// The question.
    pub request: AdmissionRequest,
}

/// The question. What is not read of it may be there.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionRequest {
    /// Named in the answer.
    pub uid: String,
    /// `CREATE`, `UPDATE`, `DELETE` or `CONNECT`.
    #[serde(default)]
    pub operation: String,
    /// The object as it is to be; null when it is to be deleted.
    #[serde(default)]
    pub object: Value,
    /// Whether nothing is to come of it.
    #[serde(default)]
    pub dry_run: Option<bool>,
}

/// The answer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionAnswer {
    /// As in the question.
    api_version: String,
    /// As in the question.
    kind: String,
    /// The answer itself.
    response: AdmissionResponse,
}

/// The answer itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AdmissionResponse {
    /// That of the question.
    uid: String,
    /// Whether it may.
    allowed: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<AdmissionStatus>,
}

/// Why it may not.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AdmissionStatus {
    /// An HTTP status.
    code: u16,
    /// For people.
    message: String,
}

impl AdmissionAnswer {
    /// The answer to a question: that it may, or why not.
    pub fn to(uid: &str, outcome: Result<(), String>) -> Self {
        let status = outcome.err().map(|message| AdmissionStatus { code: 403, message });
        let response = AdmissionResponse { uid: uid.to_owned(), allowed: status.is_none(), status };
        Self { api_version: "admission.k8s.io/v1".to_owned(), kind: "AdmissionReview".to_owned(), response }
    }
}

/// The images that an object would run: those of a pod, or of the pods that it makes, and those that are mounted as volumes.
///
/// # Errors
/// Says why they can't be told: no object, no containers in it, a container without an image, or too many of them. A custom
/// kind may make pods that nobody sees here, so what has no containers is no yes.
pub fn images_of(object: &Value) -> Result<Vec<String>, String> {
    let mut images = Vec::new();
    for spec in POD_SPECS.iter().filter_map(|place| object.pointer(place)) {
        let volumes = spec.get("volumes").and_then(Value::as_array).into_iter().flatten();
        for volume in volumes.filter_map(|volume| volume.get("image")) {
            let image = volume.get("reference").and_then(Value::as_str);
            images.push(image.ok_or("one of its image volumes has no reference")?.to_owned());
        }
        for containers in CONTAINERS.iter().filter_map(|name| spec.get(name)) {
            let containers = containers.as_array().ok_or("its containers are no list")?;
            for container in containers {
                let image = container.get("image").and_then(Value::as_str);
                images.push(image.ok_or("one of its containers names no image")?.to_owned());
            }
        }
    }
    images.sort();
    images.dedup();
    match images.len() {
        0 => Err("it has no containers that could be judged: let the webhook ask about pods".to_owned()),
        1..=MOST_IMAGES => Ok(images),
        _ => Err(format!("it names more than {MOST_IMAGES} images")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_images_of_pods_and_of_what_makes_them() {
        let pod = json!({ "initContainers": [{ "image": "b" }], "containers": [{ "image": "a" }, { "image": "b" }] });
        for object in [
            json!({ "kind": "Pod", "spec": pod }),
            json!({ "kind": "Deployment", "spec": { "template": { "spec": pod } } }),
            json!({ "kind": "CronJob", "spec": { "jobTemplate": { "spec": { "template": { "spec": pod } } } } }),
        ] {
            assert_eq!(images_of(&object).unwrap(), ["a", "b"], "{object}");
        }
        let debugged = json!({ "spec": { "containers": [{ "image": "a" }], "ephemeralContainers": [{ "image": "c" }] } });
        assert_eq!(images_of(&debugged).unwrap(), ["a", "c"]);
        let volumes =
            json!([{ "name": "v", "image": { "reference": "d" } }, { "name": "w", "emptyDir": {} }]);
        let mounted = json!({ "spec": { "containers": [{ "image": "a" }], "volumes": volumes } });
        assert_eq!(images_of(&mounted).unwrap(), ["a", "d"]);
        let unnamed = json!({ "spec": { "containers": [{ "image": "a" }], "volumes": [{ "image": {} }] } });
        assert!(images_of(&unnamed).is_err());
    }

    #[test]
    fn what_can_not_be_told_is_no_list() {
        let many: Vec<_> = (0..101).map(|n| json!({ "image": n.to_string() })).collect();
        for object in [
            json!(null),
            json!({ "spec": {} }),
            json!({ "spec": { "containers": [{}] } }),
            json!({ "spec": { "containers": [{ "image": 5 }] } }),
            json!({ "spec": { "containers": { "image": "a" } } }),
            json!({ "spec": { "containers": many } }),
        ] {
            assert!(images_of(&object).is_err(), "{object}");
        }
    }

    #[test]
    fn answers_as_kubernetes_reads_it() {
        let no = serde_json::to_value(AdmissionAnswer::to("u", Err("no".to_owned()))).unwrap();
        let expected = json!({
            "apiVersion": "admission.k8s.io/v1",
            "kind": "AdmissionReview",
            "response": { "uid": "u", "allowed": false, "status": { "code": 403, "message": "no" } },
        });
        assert_eq!(no, expected);
        let yes = serde_json::to_value(AdmissionAnswer::to("u", Ok(()))).unwrap();
        assert_eq!(yes["response"], json!({ "uid": "u", "allowed": true }));
    }

    proptest! {
        #[test]
        fn no_image_is_overlooked(names in prop::collection::vec("[a-z]{1,4}", 1..20)) {
            let containers: Vec<_> = names.iter().map(|name| json!({ "image": name })).collect();
            let found = images_of(&json!({ "spec": { "containers": containers } })).unwrap();
            prop_assert!(names.iter().all(|name| found.contains(name)));
        }
    }
}
