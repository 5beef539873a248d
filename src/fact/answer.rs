//! The fact `answer`.

use super::kind::fact_kind;

fact_kind! {
    /// What a person said.
    Answer, Answer, named by (question) {
        #[doc = "The question; `complaint` for what the person reported."] question: String,
        #[doc = "What was said, verbatim."] value: String,
    }
}
