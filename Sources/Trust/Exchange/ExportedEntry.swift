import Certificates
import FoundationEssentials
package import TrustCore

/// What a relay has decided about one certificate, for another relay: a line of JSON.
package struct ExportedEntry: Equatable {
    package let fingerprint: Fingerprint
    package let decision: Decision
    package let terms: Terms
    /// The certificate's DER form, when it is known.
    package let der: [UInt8]?

    package enum Decision: String, Codable { case approved, denied }

    package init(fingerprint: Fingerprint, decision: Decision, terms: Terms, der: [UInt8]?) {
        (self.fingerprint, self.decision, self.terms, self.der) = (fingerprint, decision, terms, der)
    }

    /// Nil for one that is neither approved nor denied.
    package init?(_ record: Record) {
        guard let decision = Decision(rawValue: record.state.rawValue) else { return nil }
        self.init(
            fingerprint: record.fingerprint, decision: decision, terms: decision == .approved ? record.terms : Terms(),
            der: record.outline?.der)
    }

    private struct Line: Codable {
        let fingerprint: String
        let state: Decision
        let label: String?
        let until: String?
        let note: String?
        let certificate: String?
    }

    /// Without a newline.
    package var line: [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = Line(
            fingerprint: fingerprint.description, state: decision, label: terms.label, until: terms.until?.description, note: terms.note,
            certificate: der.map { Data($0).base64EncodedString() })
        return (try? encoder.encode(line)).map { Array($0) } ?? []
    }

    /// Why a line is not taken.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
        init(_ description: String) { self.description = description }
    }

    /// The attack: a line that somebody has written or changed, with the certificate of another fingerprint, or a label that is another one's
    /// fingerprint.
    package init(line: ArraySlice<UInt8>) throws(Fault) {
        guard let read = try? JSONDecoder().decode(Line.self, from: Data(line)) else { throw Fault("it is no entry of an export") }
        guard let fingerprint = try? Fingerprint(exactly: Array(read.fingerprint.utf8)[...]) else {
            throw Fault("its fingerprint is not one of 64 digits")
        }
        if let label = read.label, let fault = Label.fault(of: label) { throw Fault("a \(fault)") }
        if let note = read.note, let fault = Terms.fault(ofNote: note) { throw Fault("a \(fault)") }
        var until: Timestamp?
        if let text = read.until {
            guard let moment = Timestamp(rfc3339: text) else { throw Fault("its end is not a moment like 2027-03-31T23:59:59Z") }
            until = moment
        }
        var der: [UInt8]?
        if let claimed = read.certificate {
            do throws(CertificateClaimError) { der = try Certificate.der(claimed: claimed, for: fingerprint) } catch {
                throw Fault("its certificate is not that of \(fingerprint)")
            }
        }
        self.init(
            fingerprint: fingerprint, decision: read.state, terms: Terms(label: read.label, until: until, note: read.note), der: der)
    }
}
