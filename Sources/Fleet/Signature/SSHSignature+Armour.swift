import FleetCarrier
import FoundationEssentials
import TrustCore

extension SSHSignature {
    /// Bytes of the armoured form. The longest that one of the four kinds can have is below 1,200.
    package static let maximumSize = PackRecord.maximumSignature

    private static let beginning = Array("-----BEGIN SSH SIGNATURE-----\n".utf8)
    private static let ending = Array("-----END SSH SIGNATURE-----\n".utf8)
    /// Digits in a line, as ssh-keygen(1) writes them.
    private static let width = 70

    /// Reads the armoured form, exactly as ssh-keygen(1) writes it; nil for anything else.
    package init?(armoured text: [UInt8]) {
        guard text.count <= Self.maximumSize, text.count > Self.beginning.count + Self.ending.count, text.starts(with: Self.beginning),
            text.suffix(Self.ending.count).elementsEqual(Self.ending)
        else { return nil }
        let digits = text[Self.beginning.count..<(text.count - Self.ending.count)].filter { $0 != 0x0A }
        guard let blob = Base64.decode(digits), Self.armour(blob).elementsEqual(text) else { return nil }
        self.init(blob: blob)
    }

    package static func armour(_ blob: [UInt8]) -> [UInt8] {
        var text = beginning
        let digits = Array(Data(blob).base64EncodedString().utf8)
        for start in stride(from: 0, to: digits.count, by: width) { text += digits[start..<min(start + width, digits.count)] + [0x0A] }
        return text + ending
    }
}
