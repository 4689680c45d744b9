# compile.mk - one archive from a list of sources; called by build.sh only.
# SRC below FROM (or below WORK, for a file that the recipe edited), into LIB.
OBJ := $(SRC:%=$(WORK)/%.o)

$(LIB): $(OBJ)
	rm -f $@ $@.part
	$(AR) rcsD $@.part $^
	mv $@.part $@

vpath %.c $(WORK) $(FROM)
vpath %.s $(FROM)

$(WORK)/%.c.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
