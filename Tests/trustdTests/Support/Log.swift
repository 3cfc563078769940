/// Lines as Exim writes them.
enum Log {
    static let phrase = "Attempt to relay from a certificate which has not been explicitly allowed: "

    /// A fingerprint that `number` tells from others.
    static func fingerprint(_ number: Int) -> String {
        let digits = String(number, radix: 16, uppercase: true)
        return "A1" + String(repeating: "0", count: 62 - digits.count) + digits
    }

    static func line(_ number: Int, address: String? = nil, certificate: String? = nil) -> String {
        "2026-11-22 17:41:59 +0000 \(phrase)\(fingerprint(number))\(address.map { " [\($0)]" } ?? "")\(certificate.map { " \($0)" } ?? "")\n"
    }

    static let other = "2026-11-22 17:41:59 +0000 SMTP connection from [192.0.2.9] lost\n"
}
