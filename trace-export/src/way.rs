//! How a sender reaches its destination.

use crate::config::Otlp;
use crate::transport::Transport;
use crate::watch::{Target, Watch};
use std::sync::Arc;
use std::time::Duration;

/// Makes ready to speak with a backend, or says why that cannot be.
pub(crate) type Connect<'a> = &'a dyn Fn(&Otlp) -> Result<Box<dyn Transport>, String>;

pub(crate) enum Way<'a> {
    /// To a backend, which may become known or change.
    Backend(Backend<'a>),
    /// To what is always there.
    Fixed(Box<dyn Transport>),
}

pub(crate) struct Backend<'a> {
    watch: Watch,
    connect: Connect<'a>,
    /// With whom it speaks.
    to: Option<Arc<Otlp>>,
    /// `None` after hanging up.
    transport: Option<Box<dyn Transport>>,
}

/// Whether there is somebody to send to.
pub(crate) enum Reach {
    /// As before.
    Same,
    /// Since now; a request may take this long.
    New(Duration),
    Nobody,
    /// And why not.
    Unusable(String),
}

impl<'a> Way<'a> {
    pub(crate) fn to_backend(watch: Watch, connect: Connect<'a>) -> Self {
        Self::Backend(Backend { watch, connect, to: None, transport: None })
    }

    /// Finds out where the backend is, if it is time to.
    pub(crate) fn look(&mut self, target: &Target) {
        if let Self::Backend(backend) = self {
            backend.watch.look(target);
        }
    }

    /// Makes ready to speak with the present destination.
    pub(crate) fn reach(&mut self, target: &Target) -> Reach {
        match self {
            Self::Backend(backend) => backend.reach(target),
            Self::Fixed(_) => Reach::Same,
        }
    }

    /// What the last [`reach`](Self::reach) reached.
    pub(crate) fn transport(&mut self) -> Option<&mut dyn Transport> {
        match self {
            Self::Backend(backend) => Some(&mut **backend.transport.as_mut()?),
            Self::Fixed(transport) => Some(&mut **transport),
        }
    }

    /// Nothing more will be sent.
    pub(crate) fn close(&mut self, within: Duration) {
        if let Some(transport) = self.transport() {
            transport.close(within);
        }
    }

    /// The next [`reach`](Self::reach) connects again, with the same backend.
    pub(crate) fn hang_up(&mut self) {
        if let Self::Backend(backend) = self {
            backend.transport = None;
        }
    }
}

impl Backend<'_> {
    fn reach(&mut self, target: &Target) -> Reach {
        let Some(to) = target.known().to else {
            (self.to, self.transport) = (None, None);
            return Reach::Nobody;
        };
        let is_same = self.to.as_ref().is_some_and(|old| Arc::ptr_eq(old, &to));
        if is_same && self.transport.is_some() {
            return Reach::Same;
        }
        self.transport = None;
        match (self.connect)(&to) {
            Ok(transport) => {
                let timeout = to.timeout;
                (self.to, self.transport) = (Some(to), Some(transport));
                if is_same { Reach::Same } else { Reach::New(timeout) }
            }
            Err(why) => Reach::Unusable(why),
        }
    }
}
