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
    connected: Option<(Arc<Otlp>, Box<dyn Transport>)>,
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
        Self::Backend(Backend { watch, connect, connected: None })
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
            Self::Backend(backend) => backend.connected.as_mut().map(|(_, transport)| &mut **transport as _),
            Self::Fixed(transport) => Some(&mut **transport),
        }
    }

    /// Nothing more will be sent.
    pub(crate) fn close(&mut self, within: Duration) {
        if let Some(transport) = self.transport() {
            transport.close(within);
        }
    }

    /// The next [`reach`](Self::reach) begins anew.
    pub(crate) fn hang_up(&mut self) {
        if let Self::Backend(backend) = self {
            backend.connected = None;
        }
    }
}

impl Backend<'_> {
    fn reach(&mut self, target: &Target) -> Reach {
        let to = target.known().to;
        match (&self.connected, &to) {
            (Some((old, _)), Some(new)) if Arc::ptr_eq(old, new) => return Reach::Same,
            _ => self.connected = None,
        }
        let Some(to) = to else { return Reach::Nobody };
        match (self.connect)(&to) {
            Ok(transport) => {
                let timeout = to.timeout;
                self.connected = Some((to, transport));
                Reach::New(timeout)
            }
            Err(why) => Reach::Unusable(why),
        }
    }
}
