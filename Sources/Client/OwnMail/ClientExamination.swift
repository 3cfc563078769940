package import Certificates
import EximControl
package import Host
import Setup
import SystemPackage
package import Trust
import TrustCore

/// Both halves of the question whether mail goes out as relay and client have agreed: the relay is visited, and the mail programs of this
/// host are asked what they would do.
package struct ClientExamination {
    let check: RelayCheck
    let folder: ClientFolder
    let configuration: Result<LocalTrust, Failure>

    /// `local` says where Exim is, and where client setup keeps its record.
    package init(_ check: RelayCheck, in folder: ClientFolder, _ local: Result<LocalTrust, Failure>) {
        self.check = check
        self.folder = folder
        configuration = local
    }

    package func run(as identity: Identity, expecting pinned: Certificate?) -> ClientVerdict {
        both(check.run(as: identity, expecting: pinned), as: identity, expecting: pinned)
    }

    /// With a half that is known.
    package func both(_ relay: RelayVerdict, as identity: Identity, expecting pinned: Certificate?) -> ClientVerdict {
        guard let pinned, [.trusted, .waiting, .relayCertificateExpired, .ownCertificateNeverAccepted].contains(relay.state) else {
            return ClientVerdict(relay: relay, mail: nil)
        }
        return ClientVerdict(relay: relay, mail: mail(identity.certificate, pinned, relay.chain))
    }

    private func mail(_ own: Certificate, _ pinned: Certificate, _ chain: [[UInt8]]) -> MailVerdict {
        var client = OwnClient(
            relay: check.relay, implicit: check.implicit, pinned: pinned, own: own, folder: folder, chain: chain)
        do throws(Failure) {
            let local = try configuration.get()
            client.isSetUp = try isSetUp(local)
            var found: [MailVerdict] = []
            if EximProgram.place(local.configuration) != nil {
                let exim: EximProgram
                do { exim = try EximProgram(local.configuration, scratch: local.configuration.ledger, progress: local.progress) } catch {
                    throw Failure(error)
                }
                found.append(EximMail(exim: exim, client: client, recipient: RelayCheck.usualRecipient, timeLimit: check.timeLimit).verdict)
            }
            found += [PostfixMail(client)?.verdict, MsmtpMail(client, recipient: RelayCheck.usualRecipient)?.verdict].compactMap { $0 }
            // What is wrong counts first, then what is right: a host may have several programs.
            return found.first { $0.state.overall != nil } ?? found.first { $0.state == .usesPin } ?? found.first
                ?? MailVerdict(nil, .elsewhere, "this host has no mail program that trustctl knows")
        } catch {
            return MailVerdict(nil, .unknown, "this host's mail was not examined: \(error.messages.joined(separator: "; "))")
        }
    }

    /// Whether `client setup` was carried out for this relay. Only root may read the record: for everybody else it was not.
    private func isSetUp(_ local: LocalTrust) throws(Failure) -> Bool {
        do {
            let record = try SetupRecord.File(at: ClientMailSetup.record(local.configuration)).record
            return record?.writes(folder.pins.file(of: check.relay).string) ?? false
        } catch {
            guard error.exit == .notPermitted else { throw error }
            return false
        }
    }
}
