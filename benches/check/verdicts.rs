//! What only the benches ask of mail-auth.

use crate::peer::{Peer, ready};
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimOutput, DmarcOutput, SpfOutput};
use std::net::IpAddr;

impl Peer {
    pub(crate) fn spf(&self, ip: IpAddr, helo: &str, sender: &str) -> SpfOutput {
        let request = SpfParameters::verify_mail_from(ip, helo, "mx.example.org", sender);
        ready(self.authenticator.verify_spf(self.parameters(request)))
    }

    pub(crate) fn spf_helo(&self, ip: IpAddr, helo: &str) -> SpfOutput {
        let request = SpfParameters::verify_ehlo(ip, helo, "mx.example.org");
        ready(self.authenticator.verify_spf(self.parameters(request)))
    }

    pub(crate) fn dmarc(
        &self,
        message: &AuthenticatedMessage<'_>,
        dkim: &[DkimOutput<'_>],
        mail_from_domain: &str,
        spf: &SpfOutput,
    ) -> DmarcOutput {
        let request = DmarcParameters::new(message, dkim, mail_from_domain, spf);
        ready(self.authenticator.verify_dmarc(self.parameters(request)))
    }
}
