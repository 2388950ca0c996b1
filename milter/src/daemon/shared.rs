//! What all connections share.

use super::figures::Figures;
use super::service::Service;
use super::trouble::Troubles;
use std::sync::{Arc, PoisonError, RwLock};

/// The settings of the moment, and what outlives them.
#[derive(Debug)]
pub(crate) struct Shared {
    service: RwLock<Arc<Service>>,
    pub(crate) figures: Figures,
    pub(crate) troubles: Troubles,
}

impl Shared {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            service: RwLock::new(Arc::new(service)),
            figures: Figures::default(),
            troubles: Troubles::default(),
        }
    }

    /// The settings of the moment. A message keeps those it began with.
    pub(crate) fn service(&self) -> Arc<Service> {
        Arc::clone(&self.service.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace(&self, service: Service) {
        *self.service.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(service);
    }
}
