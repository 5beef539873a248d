//! The Rhai engine: chosen packages, explicit limits, and strictness that Rhai does not have by itself.

use super::RuleError;
use super::view::{FactRef, UnknownFact, View};
use crate::fact::{FactId, FactName};
use crate::pack::RuleSource;
use rhai::packages::{
    ArithmeticPackage, BasicArrayPackage, BasicFnPackage, BasicIteratorPackage, BasicMapPackage, BasicMathPackage, BasicStringPackage,
    CorePackage, LogicPackage, MoreStringPackage, Package,
};
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, ImmutableString, OptimizationLevel, Position, Scope};

/// How many operations a rule may take: some fifty milliseconds at the very most.
const MOST_OPERATIONS: u64 = 200_000;
/// How many more it may take for each fact of a case with many: one pass over all of them takes some ten each.
const OPERATIONS_PER_FACT: u64 = 100;
/// The longest list, where the case has no more facts than this.
const LONGEST_LIST: usize = 10_000;
/// How many facts a finding may name.
const MOST_FACTS: usize = 20;

/// What a rule's `examine` returned.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    Present,
    Absent,
    Unknown(FactName),
}

/// A verdict with the facts behind it.
#[derive(Debug, Clone)]
pub(super) struct Ran {
    pub verdict: Verdict,
    pub because: Vec<FactId>,
}

/// The engine, made once for all rules of a run.
pub(super) struct Host {
    engine: Engine,
    operations: u64,
}

type Failure = Box<EvalAltResult>;

impl Host {
    /// Makes an engine for a case of so many facts: what is in proportion to them is no flood.
    pub fn new(facts: usize) -> Host {
        let operations = MOST_OPERATIONS.max((facts as u64).saturating_mul(OPERATIONS_PER_FACT));
        let mut engine = Engine::new_raw();
        CorePackage::new().register_into_engine(&mut engine);
        ArithmeticPackage::new().register_into_engine(&mut engine);
        LogicPackage::new().register_into_engine(&mut engine);
        BasicStringPackage::new().register_into_engine(&mut engine);
        MoreStringPackage::new().register_into_engine(&mut engine);
        BasicArrayPackage::new().register_into_engine(&mut engine);
        BasicMapPackage::new().register_into_engine(&mut engine);
        BasicIteratorPackage::new().register_into_engine(&mut engine);
        BasicFnPackage::new().register_into_engine(&mut engine);
        BasicMathPackage::new().register_into_engine(&mut engine);
        // A rule is pure: no code from texts, no other files, no sleeping.
        for symbol in ["eval", "import", "export", "sleep"] {
            engine.disable_symbol(symbol);
        }
        // Debug and release builds of Rhai have different defaults: every limit is set.
        engine
            .set_max_operations(operations)
            .set_max_call_levels(16)
            .set_max_expr_depths(64, 48)
            .set_max_string_size(64 * 1024)
            .set_max_array_size(LONGEST_LIST.max(facts))
            .set_max_map_size(1_000)
            .set_max_functions(32)
            .set_max_modules(0)
            .set_max_variables(64)
            .set_strict_variables(true)
            .set_fail_on_invalid_map_property(true)
            .set_fast_operators(false);
        // A rule is compiled for a single run, so its script is not worth optimising first.
        engine.set_optimization_level(OptimizationLevel::None);
        refuse_unlike(&mut engine);
        super::view::register(&mut engine);
        register_verdicts(&mut engine);
        Host { engine, operations }
    }

    /// Compiles a rule.
    pub fn compile(&self, rule: &RuleSource) -> Result<AST, RuleError> {
        self.engine.compile(&rule.script).map_err(|failure| error(rule, failure.position(), failure.to_string()))
    }

    /// Runs the `examine` of a compiled rule.
    pub fn run(&self, rule: &RuleSource, script: &AST, view: &View) -> Result<Ran, RuleError> {
        let options = rhai::CallFnOptions::new().eval_ast(false);
        let answer = self.engine.call_fn_with_options::<Dynamic>(options, &mut Scope::new(), script, "examine", (view.clone(),));
        match answer {
            Ok(answer) => answer
                .try_cast::<Ran>()
                .ok_or_else(|| error(rule, Position::NONE, "`examine` must return present(…), absent() or unknown(…)".to_owned())),
            Err(failure) => match unknown_fact(&failure) {
                Some(name) => Ok(Ran { verdict: Verdict::Unknown(name), because: Vec::new() }),
                None => Err(error(rule, inner_position(&failure), message(&failure, self.operations))),
            },
        }
    }
}

fn error(rule: &RuleSource, position: Position, what: String) -> RuleError {
    RuleError {
        rule: rule.id.clone(),
        file: rule.file.clone(),
        line: position.line().unwrap_or(0),
        column: position.position().unwrap_or(0),
        what,
    }
}

/// A rule that reads a field which is not known ends there, as unknown.
fn unknown_fact(failure: &EvalAltResult) -> Option<FactName> {
    match failure {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => unknown_fact(inner),
        EvalAltResult::ErrorRuntime(value, _) => value.clone().try_cast::<UnknownFact>().map(|unknown| unknown.0),
        _ => None,
    }
}

fn inner_position(failure: &EvalAltResult) -> Position {
    match failure {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, position) => {
            let found = inner_position(inner);
            if found.is_none() { *position } else { found }
        }
        other => other.position(),
    }
}

fn message(failure: &EvalAltResult, operations: u64) -> String {
    match failure {
        EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => message(inner, operations),
        EvalAltResult::ErrorTooManyOperations(_) => {
            format!("takes more than {operations} operations; select facts with the accessors instead of looping over all")
        }
        other => {
            let mut plain = other.to_string();
            if let Some(at) = plain.rfind(" (line ") {
                plain.truncate(at);
            }
            plain
        }
    }
}

/// Rhai compares a text with a number as *false* without a word: here it is an error.
fn refuse_unlike(engine: &mut Engine) {
    macro_rules! refuse {
        ($($left:ty, $left_word:literal, $right:ty, $right_word:literal;)*) => {$(
            for operator in ["==", "!=", "<", ">", "<=", ">="] {
                let what = format!(concat!("`{}` compares ", $left_word, " with ", $right_word, "; convert one of them"), operator);
                engine.register_fn(operator, move |_: $left, _: $right| -> Result<bool, Failure> { Err(what.clone().into()) });
                let what = format!(concat!("`{}` compares ", $right_word, " with ", $left_word, "; convert one of them"), operator);
                engine.register_fn(operator, move |_: $right, _: $left| -> Result<bool, Failure> { Err(what.clone().into()) });
            }
        )*};
    }
    refuse! {
        ImmutableString, "a text", i64, "a number";
        ImmutableString, "a text", f64, "a number";
        ImmutableString, "a text", bool, "a flag";
        ImmutableString, "a text", Array, "a list";
        bool, "a flag", i64, "a number";
        bool, "a flag", f64, "a number";
        bool, "a flag", Array, "a list";
        Array, "a list", i64, "a number";
        Array, "a list", f64, "a number";
        FactRef, "a fact", ImmutableString, "a text";
        FactRef, "a fact", i64, "a number";
    }
}

fn register_verdicts(engine: &mut Engine) {
    engine.register_fn("present", |fact: FactRef| Ran { verdict: Verdict::Present, because: vec![fact.id()] });
    engine.register_fn("present", |facts: Array| -> Result<Ran, Failure> { Ok(Ran { verdict: Verdict::Present, because: ids(facts)? }) });
    engine.register_fn("absent", || Ran { verdict: Verdict::Absent, because: Vec::new() });
    engine.register_fn("absent", |fact: FactRef| Ran { verdict: Verdict::Absent, because: vec![fact.id()] });
    engine.register_fn("absent", |facts: Array| -> Result<Ran, Failure> { Ok(Ran { verdict: Verdict::Absent, because: ids(facts)? }) });
    engine.register_fn("unknown", |name: &str| -> Result<Ran, Failure> {
        let name = FactName::parse(name).map_err(|error| error.to_string())?;
        Ok(Ran { verdict: Verdict::Unknown(name), because: Vec::new() })
    });
}

fn ids(facts: Array) -> Result<Vec<FactId>, Failure> {
    let ids: Option<Vec<FactId>> =
        facts.into_iter().take(MOST_FACTS).map(|fact| fact.try_cast::<FactRef>().map(|fact| fact.id())).collect();
    match ids {
        Some(ids) if !ids.is_empty() => Ok(ids),
        Some(_) => Err("a finding that is present or absent because of facts names at least one".into()),
        None => Err("only facts can be given as the reason of a finding".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::{Facts, FileId, Known, Place, Setting, Source, Value};
    use crate::knowledge::Knowledge;
    use std::sync::Arc;

    fn run(body: &str) -> Result<Ran, RuleError> {
        let mut facts = Facts::default();
        let source = Source { file: FileId(0), place: Place::Line(1) };
        facts.settings.push(Setting { key: "smtpsvc/1/DsUseCat".into(), value: Known::Value(Value::Integer(0)) }, None, source);
        facts.settings.push(Setting { key: "unread".into(), value: Known::default() }, None, source);
        let view = View::new(Arc::new(facts), &Knowledge::default(), super::super::Matches::default());
        let script = format!("//! title = \"t\"\n/// Doc.\nfn examine(facts) {{\n{body}\n}}\n");
        let rule = RuleSource { id: "test/rule".into(), file: "rule.rhai".into(), script, ..RuleSource::default() };
        let host = Host::new(0);
        host.run(&rule, &host.compile(&rule)?, &view)
    }

    #[test]
    fn a_rule_sees_typed_facts() {
        let ran = run("for key in facts.settings(\"smtpsvc/*/DsUseCat\") { if key.value == 0 { return present(key); } } absent()").unwrap();
        assert_eq!((ran.verdict, ran.because.len()), (Verdict::Present, 1));
    }

    #[test]
    fn what_is_misspelt_is_an_error_with_its_place() {
        let error =
            run("for key in facts.settings(\"smtpsvc/*/DsUseCat\") { if key.valu == 0 { return present(key); } } absent()").unwrap_err();
        assert!(error.what.contains("did you mean `value`"), "{error}");
        assert_eq!(error.line, 4, "{error}");
        assert!(run("facts.setings(\"x\")").is_err());
        assert!(run("absnt()").is_err());
        assert!(run("if nothing { } absent()").is_err());
    }

    #[test]
    fn unlike_types_do_not_compare() {
        let error = run("for key in facts.settings(\"smtpsvc/*/DsUseCat\") { if key.value == \"0\" { return present(key); } } absent()")
            .unwrap_err();
        assert!(error.what.contains("compares a"), "{error}");
    }

    #[test]
    fn what_is_unknown_makes_the_rule_unknown() {
        let ran = run("for key in facts.settings(\"unread\") { if key.value == 1 { return present(key); } } absent()").unwrap();
        assert!(matches!(ran.verdict, Verdict::Unknown(name) if name.to_string() == "setting unread"));
    }

    #[test]
    fn limits_end_what_does_not_end() {
        let error = run("let n = 0; loop { n += 1; } absent()").unwrap_err();
        assert!(error.what.contains("operations"), "{error}");
        assert!(run("fn again(n) { again(n + 1) } again(0)").is_err());
        assert!(run("eval(\"absent()\")").is_err());
        assert!(run("timestamp(); absent()").is_err());
        assert!(run("import \"x\" as x; absent()").is_err());
        assert!(run("let s = \"x\"; loop { s += s; } absent()").is_err());
    }
}
