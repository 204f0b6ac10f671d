//! Our propagation behind the OpenTelemetry API.

use super::convert::api_context;
use super::look::{begin_to_decide, begin_to_look};
use super::provider::{Parent, parent_of};
use crate::propagation::{Baggage, Extractor, Injector, Propagation, SamplingState};
use crate::snapshot::Snapshot;
use opentelemetry::Context;
use opentelemetry::baggage::{BaggageExt as _, KeyValueMetadata};
use opentelemetry::propagation as api;
use opentelemetry::propagation::text_map_propagator::FieldIter;
use opentelemetry::trace::TraceContextExt as _;

/// Extracts and injects for foreign code what [`Propagation`] does, to the letter of the recommendations.
///
/// What it injects for is not known to it: where [`Propagation`] has a list of destinations, it injects nothing.
#[derive(Debug)]
pub struct TextMapPropagator {
    propagation: Propagation,
    fields: Vec<String>,
}

impl From<Propagation> for TextMapPropagator {
    fn from(propagation: Propagation) -> Self {
        let fields = propagation.fields().map(str::to_owned).collect();
        Self { propagation, fields }
    }
}

/// What a Context's span does not have room for: a forced or missing sampling decision, say.
pub(super) struct Carried {
    pub(super) place: Snapshot,
    /// What the Context's own baggage began with. The rest of the place's is not there.
    pub(super) came: Baggage,
}

impl api::TextMapPropagator for TextMapPropagator {
    fn inject_context(&self, context: &Context, injector: &mut dyn api::Injector) {
        let place = match parent_of(context) {
            Parent::Here(place) => place,
            Parent::Nothing | Parent::Nowhere => Snapshot::none(),
        };
        let mut baggage = place.baggage();
        // What came in with the Context and is no longer there was taken away.
        if let Some(Carried { came, .. }) = context.get::<Carried>() {
            let kept: Vec<_> = came.iter().filter(|member| baggage.get(member.key()) == Some(member.value())).collect();
            for member in kept {
                baggage.remove(member.key());
            }
        }
        for (key, (value, metadata)) in context.baggage() {
            let properties = metadata.as_str().split(';').filter(|property| !property.trim().is_empty());
            let properties = properties.map(|property| match property.split_once('=') {
                Some((key, value)) => (key.trim(), Some(value.trim())),
                None => (property.trim(), None),
            });
            // What cannot be sent is left out.
            let properties: Vec<_> = properties.collect();
            let _ = baggage.insert_with(key.as_str(), value.as_str(), &properties);
        }
        self.propagation.inject(&place.with_baggage(baggage), &mut Fields(injector), "");
    }

    fn extract_with_context(&self, context: &Context, extractor: &dyn api::Extractor) -> Context {
        let extracted = self.propagation.extract(&Values(extractor));
        let mut context = context.clone();
        if let Some(parent) = extracted.parent.as_ref().filter(|parent| parent.is_valid()) {
            context = context.with_remote_span_context(api_context(parent, extracted.random));
        }
        if extracted.parent.is_some() || extracted.sampling != SamplingState::Defer {
            let place = extracted.snapshot();
            if extracted.parent.is_none() {
                begin_to_look();
                begin_to_decide();
            }
            context = context.with_value(Carried { place, came: extracted.baggage.clone() });
        }
        if !extracted.baggage.is_empty() {
            context = context.with_baggage(members(&extracted.baggage));
        }
        context
    }

    fn fields(&self) -> FieldIter<'_> {
        FieldIter::new(&self.fields)
    }
}

fn members(baggage: &Baggage) -> Vec<KeyValueMetadata> {
    let member = |member: crate::propagation::Member<'_>| {
        let property = |(key, value): (&str, Option<std::borrow::Cow<'_, str>>)| match value {
            Some(value) => format!("{key}={value}"),
            None => key.to_owned(),
        };
        let metadata = member.properties().map(property).collect::<Vec<_>>().join(";");
        KeyValueMetadata::new(member.key().to_owned(), member.value().into_owned(), metadata)
    };
    baggage.iter().map(member).collect()
}

struct Fields<'a>(&'a mut dyn api::Injector);

impl Injector for Fields<'_> {
    fn set(&mut self, name: &str, value: &str) {
        self.0.set(name, value.to_owned());
    }

    /// The API has no word for it.
    fn remove(&mut self, _: &str) {}
}

struct Values<'a>(&'a dyn api::Extractor);

impl Extractor for Values<'_> {
    fn get_all(&self, name: &str) -> impl Iterator<Item: AsRef<[u8]>> {
        self.0.get_all(name).unwrap_or_default().into_iter()
    }
}
