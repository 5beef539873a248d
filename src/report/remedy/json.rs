//! The document `mailmedic.remedies/1`: a list or a plan of remedies for programs.

use super::platform_words;
use crate::diagnosis::{Diagnosis, PlannedAction, ProposedRepair};
use crate::fact::Platform;
use crate::knowledge::{Knowledge, Lang};
use crate::remedy;
use crate::report::command;
use crate::report::json::{CaseDocument, case, rounded};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

/// Remedies: what the packs know, or what a case needs, in order.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "mailmedic.remedies/1")]
pub struct RemediesDocument {
    /// `mailmedic.remedies/1`.
    #[schemars(extend("const" = "mailmedic.remedies/1"))]
    pub format: String,
    /// The case; null for the list of what the packs know.
    pub case: Option<CaseDocument>,
    /// `healthy`, `trouble` or `incomplete`; null for the list of what the packs know.
    pub verdict: Option<String>,
    /// The remedies: for a case in the order in which they are worth trying, else by id.
    pub remedies: Vec<RemedyEntry>,
}

/// A remedy.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RemedyEntry {
    /// Its id.
    pub id: String,
    /// What to do, in one line.
    pub title: String,
    /// `safe`, `caution` or `disruptive`.
    #[schemars(extend("enum" = ["safe", "caution", "disruptive"]))]
    pub risk: String,
    /// The platforms on which it has steps, groups of platforms by one word; for a case that of the case.
    pub platforms: Vec<String>,
    /// Its work, in minutes.
    pub minutes: f64,
    /// How long to wait before the check, in minutes.
    pub wait_minutes: f64,
    /// The causes that it repairs: for a case those of the case, with their probabilities.
    pub causes: Vec<RepairedCause>,
    /// The probability of the most probable of these causes, 0 to 1; null without a case.
    pub probability: Option<f64>,
    /// What it costs to have tried it, better remedies of the same cause included, in minutes; null without a case.
    pub cost_minutes: Option<f64>,
    /// Minutes of expected repair time that it saves; null without a case.
    pub saves_minutes: Option<f64>,
    /// Causes to be repaired first, because they lead to what it repairs.
    pub after: Vec<String>,
    /// How it is done; null in lists.
    pub plan: Option<PlanDocument>,
}

/// A cause that a remedy repairs.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RepairedCause {
    /// Its id.
    pub id: String,
    /// The fault in one line.
    pub title: String,
    /// Its probability, 0 to 1; null without a case.
    pub probability: Option<f64>,
}

/// How a remedy is done.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PlanDocument {
    /// What must be known before it is tried.
    pub preconditions: Vec<PreconditionDocument>,
    /// The steps in order.
    pub steps: Vec<ActionDocument>,
    /// What shows that it worked.
    pub verify: Vec<ActionDocument>,
    /// How to take it back.
    pub undo: Vec<ActionDocument>,
}

/// What must be known before a remedy is tried.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct PreconditionDocument {
    /// What must hold.
    pub text: String,
    /// Names of the facts that show it.
    pub facts: Vec<String>,
    /// Whether the evidence tells of all of them.
    pub known: bool,
}

/// A step, check or way back.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActionDocument {
    /// What it does or shows.
    pub text: String,
    /// The command as an argument vector; empty for what a person does.
    pub run: Vec<String>,
    /// The command, quoted for the platform's shell; null for what a person does.
    pub command: Option<String>,
    /// The values that a person has to fill in before the command can be run.
    pub fill_in: Vec<String>,
}

/// Returns the JSON Schema of the document.
pub fn schema() -> Value {
    schemars::schema_for!(RemediesDocument).to_value()
}

/// Returns what the packs know, on one platform or on all.
pub fn list(knowledge: &Knowledge, platform: Option<Platform>, lang: Lang) -> RemediesDocument {
    let remedies = super::known(knowledge, platform).into_iter().map(|item| RemedyEntry {
        id: item.id.clone(),
        title: item.title.get(lang).to_owned(),
        risk: item.risk.id().to_owned(),
        platforms: platform_words(&remedy::platforms(item)).into_iter().map(str::to_owned).collect(),
        minutes: item.minutes,
        wait_minutes: item.wait_minutes,
        causes: knowledge
            .causes
            .values()
            .filter(|cause| cause.remedies.contains(&item.id))
            .map(|cause| RepairedCause { id: cause.id.clone(), title: cause.title.get(lang).to_owned(), probability: None })
            .collect(),
        probability: None,
        cost_minutes: None,
        saves_minutes: None,
        after: Vec::new(),
        plan: None,
    });
    RemediesDocument { format: "mailmedic.remedies/1".to_owned(), case: None, verdict: None, remedies: remedies.collect() }
}

/// Returns the remedies of a case: all of them as a list, or those worth trying, with how they are done, as a plan.
pub fn of(diagnosis: &Diagnosis, plan: bool, lang: Lang) -> RemediesDocument {
    let shown = diagnosis.repairs.iter().filter(|repair| !plan || repair.worth_trying);
    RemediesDocument {
        format: "mailmedic.remedies/1".to_owned(),
        case: Some(case(diagnosis)),
        verdict: Some(diagnosis.verdict.id().to_owned()),
        remedies: shown.map(|repair| entry(diagnosis, repair, plan, lang)).collect(),
    }
}

fn entry(diagnosis: &Diagnosis, repair: &ProposedRepair, plan: bool, lang: Lang) -> RemedyEntry {
    let item = &repair.remedy;
    let causes = repair.causes.iter().filter_map(|id| diagnosis.causes.iter().find(|cause| cause.id == *id));
    RemedyEntry {
        id: item.id.clone(),
        title: item.title.get(lang).to_owned(),
        risk: item.risk.id().to_owned(),
        platforms: diagnosis.case.platform.iter().map(|platform| platform.id().to_owned()).collect(),
        minutes: item.minutes,
        wait_minutes: item.wait_minutes,
        causes: causes
            .map(|cause| RepairedCause {
                id: cause.id.clone(),
                title: cause.title.get(lang).to_owned(),
                probability: Some(rounded(cause.probability)),
            })
            .collect(),
        probability: Some(rounded(repair.probability)),
        cost_minutes: Some(rounded(repair.minutes)),
        saves_minutes: Some(rounded(repair.saves)),
        after: repair.after.clone(),
        plan: plan.then(|| PlanDocument {
            preconditions: item
                .preconditions
                .iter()
                .map(|before| PreconditionDocument {
                    text: before.text.get(lang).to_owned(),
                    facts: before.facts.clone(),
                    known: before.known,
                })
                .collect(),
            steps: actions(&item.steps, diagnosis.case.platform, lang),
            verify: actions(&item.verify, diagnosis.case.platform, lang),
            undo: actions(&item.undo, diagnosis.case.platform, lang),
        }),
    }
}

fn actions(all: &[PlannedAction], platform: Option<Platform>, lang: Lang) -> Vec<ActionDocument> {
    let one = |action: &PlannedAction| ActionDocument {
        text: action.text.get(lang).to_owned(),
        run: action.run.clone(),
        command: (!action.run.is_empty()).then(|| command::line(&action.run, platform)),
        fill_in: remedy::open_values(&action.run).into_iter().map(str::to_owned).collect(),
    };
    all.iter().map(one).collect()
}
