import Certificates
import EximControl
import Glibc
import TrustCore

/// What `show --own` prints, and setup at its end: what clients are to pin.
struct OwnReport {
    let own: OwnCertificate

    var answer: Answer {
        Answer(
            OwnDocument(own),
            [
                .text(CertificateCard(certificate: own.certificate, style: Style(for: STDOUT_FILENO)).text),
                .text("shown at".padded(to: Card.width) + own.place + "\n"),
                .tip("a client compares this with what `trustctl client pin` shows there; read it to its owner over another channel"),
            ])
    }

    /// At the end of a setup.
    var parts: [Answer.Part] {
        let style = Style(for: STDERR_FILENO)
        let line = Answer.Part.note("clients pin this relay's certificate: \(own.certificate.fingerprint)")
        // On a terminal with the words, for the telephone.
        let words = style.columns.map { _ in Answer.Part.told(FingerprintLines(own.certificate.fingerprint, style: style).text) }
        return [line] + (words.map { [$0] } ?? []) + [.note("`trustctl show --own` prints it again")]
    }
}

/// `{"version":1,"place":"127.0.0.1:25",…}`
struct OwnDocument: Encodable {
    let version = 1
    /// Where it was asked.
    let place: String
    let fingerprint: Fingerprint
    let words: String
    let wordList = PGPWordList.name
    let certificate: EntriesDocument.CertificateFields
    let warnings: [String]

    init(_ own: OwnCertificate, now: Timestamp = .now) {
        place = own.place
        fingerprint = own.certificate.fingerprint
        words = own.certificate.fingerprint.spoken.joined(separator: " ")
        certificate = .init(own.certificate, source: nil)
        warnings = CertificateCard(certificate: own.certificate, now: now).warnings
    }
}
