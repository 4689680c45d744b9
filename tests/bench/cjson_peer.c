/* cjson_peer.c - the same messages through cJSON, as one would write it first.
 *
 * Why    A figure for the decoder means little without one for a plain way of doing
 *        the same on the same machine in the same minute.
 * Input  VENUE FILE [SECONDS]: messages, one a line, as for `tidewatch bench`.
 * Output One line: messages, ns of CPU time a message, the sums (so that nothing
 *        is optimised away, and the two can be compared).
 * How    cJSON_Parse with the libc's own malloc, members by name, strtod: trades of
 *        Binance and Bybit only, to price, quantity and side.  No symbol table, no
 *        event, no check of anything: less than the decoder does.
 */
#include <cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct message { char *text; };

static struct message *message;
static size_t message_count;
static double sum_price, sum_qty;
static unsigned long long trade_count, buy_count;

static double
cpu_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double
number(const cJSON *object, const char *name)
{
	const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

	if (cJSON_IsString(item))
		return strtod(item->valuestring, NULL);
	return cJSON_IsNumber(item) ? item->valuedouble : 0;
}

static void
count_trade(double price, double qty, int is_buy)
{
	sum_price += price;
	sum_qty += qty;
	buy_count += is_buy != 0;
	trade_count++;
}

static void
binance(const cJSON *root)
{
	const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");

	if (data == NULL)
		data = root;
	count_trade(number(data, "p"), number(data, "q"),
	            cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(data, "m")));
}

static void
bybit(const cJSON *root)
{
	const cJSON *row;

	cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(root, "data")) {
		const cJSON *side = cJSON_GetObjectItemCaseSensitive(row, "S");

		count_trade(number(row, "p"), number(row, "v"),
		            cJSON_IsString(side) && strcmp(side->valuestring, "Buy") == 0);
	}
}

static void
all(int is_bybit)
{
	for (size_t i = 0; i < message_count; i++) {
		cJSON *root = cJSON_Parse(message[i].text);

		if (root == NULL)
			continue;
		if (is_bybit)
			bybit(root);
		else
			binance(root);
		cJSON_Delete(root);
	}
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	static char line[1 << 21];
	static double ns[1001];
	double seconds = argc > 3 ? atof(argv[3]) : 1, begin;
	int count = 0;
	FILE *in;

	if (argc < 3 || (in = fopen(argv[2], "r")) == NULL) {
		fprintf(stderr, "usage: cjson_peer VENUE FILE [SECONDS]\n");
		return 64;
	}
	message = calloc(1 << 20, sizeof message[0]);
	while (message != NULL && message_count < 1 << 20 && fgets(line, sizeof line, in) != NULL) {
		char *tab = strchr(line, '\t');
		char *text = line[0] >= '0' && line[0] <= '9' && tab != NULL ? tab + 1 : line;

		text[strcspn(text, "\n")] = '\0';
		message[message_count++].text = strdup(text);
	}
	fclose(in);
	if (message_count == 0)
		return 1;
	begin = cpu_s();
	do {
		double before = cpu_s();

		all(strncmp(argv[1], "bybit", 5) == 0);
		ns[count++] = (cpu_s() - before) * 1e9 / (double)message_count;
	} while (count < 1001 && (count < 3 || cpu_s() - begin < seconds));
	qsort(ns, (size_t)count, sizeof ns[0], compare);
	printf("cjson messages=%zu ns=%.1f trades=%llu buys=%llu price=%.6g qty=%.6g\n",
	       message_count, ns[count / 2], trade_count / (unsigned)count,
	       buy_count / (unsigned)count, sum_price / count, sum_qty / count);
	return 0;
}
