import Certificates
import Client
import Host
import Trust
import TrustCore

/// What a client's command does when its relay hands a certificate over.
struct IssuedTaking {
    let folder: ClientFolder
    /// trustd.conf, which says where Exim is: its group must read the key.
    let config: String?
    /// The relay that was asked, and whether by TLS from the first byte.
    let relay: RelayName
    let implicit: Bool

    func take(_ issued: Certificate, for shown: Identity) throws(Failure) -> ClientIssue.Outcome {
        let reader = KeyReader(try LocalTrust(config: config, mayBeMissing: true, progress: Terminal.progress).configuration)
        return try ClientIssue(folder, reader).take(issued, for: shown) { other, next throws(Failure) in
            let isAsked = other == relay
            return RelayCheck(relay: other, implicit: isAsked ? implicit : other.beginsWithTLS).run(
                as: next, expecting: try folder.pins.certificate(of: other))
        }
    }
}

extension ClientReport {
    /// `answer`, with what came of the certificate that was handed over.
    func taken(_ outcome: ClientIssue.Outcome, before answer: Answer) -> Answer {
        let certificate = outcome.identity.certificate
        let document = answer.document
        var told: [Answer.Part] = []
        if outcome.isInUse {
            told.append(.text("done: the certificate that its CA has issued is in use, until \(certificate.notAfter.day)\n"))
        } else {
            told.append(.note("the certificate that a relay has handed over is kept, and not in use: not every pinned relay lets it in"))
            told += outcome.findings.filter { $0.verdict.state != .trusted }.map { .note("warning: \($0.verdict.words)") }
            told.append(.note("hint: when they do, repeat `trustctl client check`"))
        }
        return Answer(
            making: {
                guard var whole = document() as? ClientDocument else { return document() }
                whole.issued = .init(
                    fingerprint: certificate.fingerprint, notAfter: certificate.notAfter.description, inUse: outcome.isInUse)
                return whole
            }, told + answer.parts)
    }
}
