import ArgumentParser
import Certificates
import Fleet
import FleetCarrier
import FleetHost
import Host
import Trust
import TrustCore

struct FleetAdopt: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Signs approvals for what only this relay has approved, so that it counts on every relay.",
        discussion: "With labels, ends and notes. Without an argument all of them are shown and signed.")

    @Argument(help: fingerprintHelp, completion: Candidates.approved) var fingerprints: [String] = []
    @Flag(help: "Do not ask.") var yes = false
    @OptionGroup var decision: FleetDecisionOptions

    func run() throws {
        let fleet = try decision.fleet.fleet()
        let adopted = try chosen(from: try fleet.approvedAlone(), fleet)
        guard !adopted.isEmpty else { return Terminal.note("done: nothing to do: the fleet knows all that is approved here") }
        for record in adopted {
            let subject = record.outline.map { "  \(Printable($0.subject, limit: 60))" } ?? ""
            Output.tell("\(record.fingerprint)\(Printable.behind(record.label))\(subject)\n")
        }
        let what = adopted.count == 1 ? "this certificate" : "these \(adopted.count) certificates"
        try Confirmation(assumeYes: yes).ask("Let \(what) relay on every relay of \(fleet.configuration.fleet.name)?")
        let wanted = adopted.map { Request.Wanted(fingerprint: $0.fingerprint, after: .approved, terms: $0.terms) }
        let certificates = adopted.compactMap { $0.outline?.der }.map { CertificateRecord(der: $0) }
        try decision.make("the fleet approves \(what)", bringing: certificates) { state throws(Failure) in state.blocks(wanted) }
    }

    private func chosen(from all: [Record], _ fleet: LocalFleet) throws(Failure) -> [Record] {
        if fingerprints.isEmpty { return all }
        let register = try fleet.local.look(recovering: false)
        let named = try FingerprintReference.resolve(fingerprints, in: register)
        for one in named where !all.contains(where: { $0.fingerprint == one }) {
            let isKnown = register.state(of: one) == .approved
            throw Failure(
                "\(one) is \(isKnown ? "the fleet's already" : "not approved here"); nothing has changed", .refused,
                hint: isKnown ? nil : "trustctl approve \(one.description.prefix(16)) --sign-with KEY.pub")
        }
        return all.filter { named.contains($0.fingerprint) }
    }
}
