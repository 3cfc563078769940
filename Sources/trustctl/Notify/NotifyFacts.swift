import Doctor
import TrustCore

/// All that a mail may tell, as values: facts in, mail out.
struct NotifyFacts {
    let now: Timestamp
    /// What this host is called.
    var host = "this host"
    /// All that wait.
    var pending: [Waiting] = []
    var invitations: [Invited] = []
    /// Approved ones whose certificate ends soon.
    var ending: [Approved] = []
    /// In the list, and should not be.
    var stillTrusted: [Approved] = []
    var troubles: [Trouble] = []
    /// Nil on a host that belongs to no fleet.
    var fleet: FleetFigures?
    /// What the doctor found last.
    var doctor: KeptFindings?
    /// Sightings for which the queue had no room.
    var refused: Int64?
    /// What could not be looked at: of these nothing is known, and what was told stays told.
    var unknown: Set<Tiding.Kind> = []
    /// How many decisions there are: when it grows, somebody is at work.
    var decisions: Int64?

    struct Waiting {
        let fingerprint: Fingerprint
        let firstSeen: Timestamp
        /// Nil for one that was told already.
        var details: Details?

        struct Details {
            var sightings: UInt64 = 1
            /// Whence it came last.
            var from: String?
            /// Escaped; nil: the certificate is not known.
            var subject: String?
            /// The approved one that it renews, and when that ends.
            var renews: (name: String, ends: Timestamp)?
            /// In words of ours.
            var warnings: [String] = []
        }
    }

    struct Approved {
        let fingerprint: Fingerprint
        var label: String?
        /// When it ends.
        var ends: Timestamp?
        /// Why it should not be in the list: `revoked 2026-11-28 by root`.
        var why = ""
    }

    struct Invited {
        /// The name, which is in the certificate of whoever comes by it; not the code.
        let name: String
        var label: String?
        let made: Timestamp
        let expires: Timestamp
        /// Whether two have shown that they know its code.
        var isClosed = false
    }

    struct Trouble {
        let kind: Tiding.Kind
        /// Which one, in a word of ours.
        let name: String
        /// Safe to print.
        let text: String
        let hint: String?
    }
}
