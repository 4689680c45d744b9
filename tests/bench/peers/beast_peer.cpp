/* beast_peer.cpp - the same work with Boost.Beast, OpenSSL and simdjson: what a careful
 * C++ programmer would take from the shelf.
 *
 * Usage   beast_peer PORT CA VENUE COUNT RATE TOPIC...
 * Output  One JSON line when COUNT messages came: what was counted, and with a RATE the
 *         delay of a message after its due time (tests/bench/README.md).
 * Build   c++ -O3 -std=c++20 beast_peer.cpp -lsimdjson -lssl -lcrypto -lpthread
 * How     Synchronous, one buffer that is reused and has simdjson's padding, the on-demand
 *         parser in the order of the keys, symbols found without a copy.
 */
#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/websocket.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <simdjson.h>
#include <string>
#include <unordered_map>
#include <vector>

namespace beast = boost::beast;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

struct text_hash {
	using is_transparent = void;
	size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};

struct sums {
	double buy, sell;
};

static std::unordered_map<std::string, sums, text_hash, std::equal_to<>> table;
static long trades;

static void
add(std::string_view symbol, double usd, bool is_sell)
{
	auto at = table.find(symbol);

	if (at == table.end())
		at = table.emplace(symbol, sums{}).first;
	(is_sell ? at->second.sell : at->second.buy) += usd;
	trades++;
}

static double
wall_ms()
{
	auto now = std::chrono::system_clock::now().time_since_epoch();

	return std::chrono::duration<double, std::milli>(now).count();
}

/* Is it one of those that are counted?  Then `ms` is its time, when that is wanted. */
static bool
take_binance(simdjson::ondemand::document &doc, bool wants_time, double &ms)
{
	simdjson::ondemand::object d;
	std::string_view symbol;

	if (doc["data"].get_object().get(d) != simdjson::SUCCESS)
		return false;
	symbol = d["s"].get_string();
	double price = d["p"].get_double_in_string();
	double qty = d["q"].get_double_in_string();
	if (wants_time)
		ms = double(int64_t(d["T"].get_int64()));
	add(symbol, price * qty, bool(d["m"].get_bool()));
	return true;
}

static bool
take_bybit(simdjson::ondemand::document &doc, bool wants_time, double &ms)
{
	simdjson::ondemand::array rows;

	if (wants_time) {
		int64_t ts = 0;

		if (doc["ts"].get_int64().get(ts) != simdjson::SUCCESS)
			return false;
		ms = double(ts);
	}
	if (doc["data"].get_array().get(rows) != simdjson::SUCCESS)
		return false;
	for (auto row : rows) {
		simdjson::ondemand::object t = row.get_object();
		std::string_view symbol = t["s"].get_string();
		std::string_view side = t["S"].get_string();
		double qty = t["v"].get_double_in_string();
		double price = t["p"].get_double_in_string();

		add(symbol, price * qty, side == "Sell");
	}
	return true;
}

static std::string
subscription(bool bybit, int topic_count, char **topic)
{
	std::string out = bybit ? "{\"req_id\":\"1\",\"op\":\"subscribe\",\"args\":["
	                        : "{\"id\":1,\"method\":\"SUBSCRIBE\",\"params\":[";

	for (int i = 0; i < topic_count; i++)
		out += std::string(i ? ",\"" : "\"") + topic[i] + "\"";
	return out + "]}";
}

static void
tell(long messages, long rate, std::vector<double> &delay)
{
	double buy = 0, sell = 0;

	for (auto &row : table) {
		buy += row.second.buy;
		sell += row.second.sell;
	}
	printf("{\"messages\":%ld,\"trades\":%ld,\"symbols\":%zu,\"buy_usd\":%.17g,\"sell_usd\":%.17g",
	       messages, trades, table.size(), buy, sell);
	if (rate > 0) {
		/* The first second belongs to the start. */
		delay.erase(delay.begin(), delay.begin() + std::min<long>(rate, messages / 2));
		std::sort(delay.begin(), delay.end());
		printf(",\"p50_ms\":%.6f,\"p99_ms\":%.6f", delay[size_t(double(delay.size()) * 0.50)],
		       delay[size_t(double(delay.size()) * 0.99)]);
	}
	printf("}\n");
	fflush(stdout);
}

int
main(int argc, char **argv)
{
	if (argc < 7) {
		fprintf(stderr, "usage: beast_peer PORT CA VENUE COUNT RATE TOPIC...\n");
		return 64;
	}
	const bool bybit = std::string(argv[3]).rfind("bybit", 0) == 0;
	const long count = atol(argv[4]), rate = atol(argv[5]);
	asio::io_context io;
	asio::ssl::context tls(asio::ssl::context::tls_client);
	tcp::resolver resolver(io);
	beast::flat_buffer buffer;
	simdjson::ondemand::parser parser;
	std::vector<double> delay;
	double first_ms = 0;
	long messages = 0;

	tls.load_verify_file(argv[2]);
	tls.set_verify_mode(asio::ssl::verify_peer);
	beast::websocket::stream<beast::ssl_stream<tcp::socket>> ws(io, tls);
	ws.next_layer().set_verify_callback(asio::ssl::host_name_verification("localhost"));
	SSL_set_tlsext_host_name(ws.next_layer().native_handle(), "localhost");
	asio::connect(beast::get_lowest_layer(ws), resolver.resolve("localhost", argv[1]));
	ws.next_layer().next_layer().set_option(tcp::no_delay(true));
	ws.next_layer().handshake(asio::ssl::stream_base::client);
	ws.handshake("localhost", bybit ? "/v5/public/linear" : "/stream");
	ws.write(asio::buffer(subscription(bybit, argc - 6, argv + 6)));
	buffer.reserve(1 << 20);
	delay.reserve(rate > 0 ? size_t(count) : 0);
	while (messages < count) {
		simdjson::ondemand::document doc;
		double ms = 0;
		bool wants_time = rate > 0 && messages == 0;

		ws.read(buffer);
		doc = parser.iterate(static_cast<const char *>(buffer.data().data()), buffer.size(),
		                     buffer.capacity());
		if (bybit ? take_bybit(doc, wants_time, ms) : take_binance(doc, wants_time, ms)) {
			if (wants_time)
				first_ms = ms;
			if (rate > 0)
				delay.push_back(wall_ms() - (first_ms + double(messages) * 1000 / double(rate)));
			messages++;
		}
		buffer.consume(buffer.size());
	}
	tell(messages, rate, delay);
	/* No goodbye: it would read to its end what the server still writes. */
	_Exit(0);
}
