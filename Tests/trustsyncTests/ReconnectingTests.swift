import Testing

@testable import trustsync

@Suite("When trustsync connects again")
struct ReconnectingTests {
    @Test("at first within two seconds, then up to thirty, and at random within that") func pauses() {
        var reconnecting = Reconnecting()
        #expect(reconnecting.pause(random: 0) == .zero)
        reconnecting.succeeded()
        let longest = (0..<12).map { _ in reconnecting.pause(random: 1) }
        #expect(longest.prefix(5) == [.seconds(2), .seconds(4), .seconds(8), .seconds(16), .seconds(30)])
        #expect(longest.last == .seconds(30))
        reconnecting.succeeded()
        #expect(reconnecting.pause(random: 0.5) == .seconds(1))
    }
}
